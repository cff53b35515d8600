/**
 * Lease rows as the Java KCL reads and writes them, request by request (its DynamoDBLeaseSerializer and
 * DynamoDBLeaseRefresher): 2.7 and 3.x differ where said. It shares no code with our own codec, so that an error of ours
 * does not hide itself. Used by the Java workers of tests: java-kcl2-worker.ts, java-kcl3-worker.ts.
 */
import type { AttributeValue, AttributeValueUpdate, ExpectedAttributeValue } from '@aws-sdk/client-dynamodb';

export type JavaRow = Readonly<Record<string, AttributeValue>>;

/** Java's ExtendedSequenceNumber. */
export interface JavaPosition {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

export interface JavaLease {
  readonly leaseKey: string;
  readonly leaseOwner?: string;
  readonly leaseCounter: bigint;
  readonly ownerSwitches: bigint;
  readonly checkpoint: JavaPosition;
  readonly pending?: JavaPosition & { readonly state?: Uint8Array };
  readonly parentShardIds: readonly string[];
  readonly childShardIds: readonly string[];
  readonly hashRange?: { readonly start: string; readonly end: string };
  /** 3.x. */
  readonly checkpointOwner?: string;
  /** 3.x. */
  readonly throughputKBps?: number;
}

/** Null: the row is passed over. */
export type JavaReader = (row: JavaRow) => JavaLease | null;

/** 2.x takes every row of the table for a lease; any other ends in an exception, and so does a value of another type. */
export const readAsJava2: JavaReader = (row) => {
  const text = (name: string): string | undefined => typed(row, name, 'S');
  const whole = (name: string): bigint => {
    const digits = typed(row, name, 'N');
    if (digits === undefined) throw new Error(`java.lang.NullPointerException: ${name} of ${row.leaseKey?.S}`);
    if (!/^-?\d+$/.test(digits)) throw new Error(`java.lang.NumberFormatException: ${name} of ${row.leaseKey?.S}: ${digits}`); // prettier-ignore
    return BigInt(digits);
  };
  const position = (sequenceNumber: string, sub: string): JavaPosition => {
    if (!/^(\d+|TRIM_HORIZON|LATEST|AT_TIMESTAMP|SHARD_END)$/.test(sequenceNumber))
      throw new Error(`java.lang.IllegalArgumentException: sequence number ${sequenceNumber} of ${row.leaseKey?.S}`);
    return { sequenceNumber, subSequenceNumber: Number(whole(sub)) };
  };
  const pendingAt = text('pendingCheckpoint');
  const state = typed(row, 'pendingCheckpointState', 'B');
  const [start, end] = [text('startingHashKey'), text('endingHashKey')];
  if (start !== undefined && end !== undefined && BigInt(start) >= BigInt(end))
    throw new Error(`java.lang.IllegalArgumentException: hash range of ${row.leaseKey?.S}`);
  return {
    leaseKey: text('leaseKey') ?? '',
    leaseOwner: text('leaseOwner'),
    leaseCounter: whole('leaseCounter'),
    ownerSwitches: whole('ownerSwitchesSinceCheckpoint'),
    checkpoint: position(text('checkpoint') ?? '', 'checkpointSubSequenceNumber'),
    ...(pendingAt === undefined
      ? {}
      : { pending: { ...position(pendingAt, 'pendingCheckpointSubSequenceNumber'), state } }),
    parentShardIds: typed(row, 'parentShardId', 'SS') ?? [],
    childShardIds: typed(row, 'childShardIds', 'SS') ?? [],
    ...(start === undefined || end === undefined ? {} : { hashRange: { start, end } }),
  };
};

/** 3.0 to 3.4 do as 2.x, and know more attributes. */
export const readAsJava34: JavaReader = (row) => {
  const lease = readAsJava2(row) as JavaLease;
  const throughput = typed(row, 'throughputKBps', 'N');
  return {
    ...lease,
    checkpointOwner: typed(row, 'checkpointOwner', 'S'),
    ...(throughput === undefined ? {} : { throughputKBps: Number(throughput) }),
  };
};

/** 3.5 passes over what says that it is something else. */
export const readAsJava35: JavaReader = (row) =>
  row.entityType === undefined || row.entityType.S === 'LEASE' ? readAsJava34(row) : null;

function typed<T extends 'S' | 'N' | 'SS' | 'B'>(row: JavaRow, name: string, type: T): AttributeValue[T] | undefined {
  const attribute = row[name];
  if (attribute === undefined) return undefined;
  const value: AttributeValue[T] | undefined = attribute[type];
  if (value === undefined)
    throw new Error(`java.lang.NullPointerException: ${name} of ${row.leaseKey?.S} is no ${type}`);
  return value;
}

export const SHARD_END: JavaPosition = { sequenceNumber: 'SHARD_END', subSequenceNumber: 0 };

export const isAtEnd = ({ checkpoint }: JavaLease): boolean => checkpoint.sequenceNumber === 'SHARD_END';

/** Whose the shard is now: during a hand-over still the old owner's. */
export const actualOwnerOf = (lease: JavaLease): string | undefined => lease.checkpointOwner ?? lease.leaseOwner;

const SENTINELS: Readonly<Record<string, bigint>> = { AT_TIMESTAMP: -3n, TRIM_HORIZON: -2n, LATEST: -1n };

/** Below 0, 0 or above it, as `compareTo` of Java. */
export function comparePositions(a: JavaPosition, b: JavaPosition): number {
  const [isEndA, isEndB] = [a.sequenceNumber === 'SHARD_END', b.sequenceNumber === 'SHARD_END'];
  if (isEndA || isEndB) return Number(isEndA) - Number(isEndB);
  const value = ({ sequenceNumber }: JavaPosition): bigint => SENTINELS[sequenceNumber] ?? BigInt(sequenceNumber);
  const [atA, atB] = [value(a), value(b)];
  return atA === atB ? a.subSequenceNumber - b.subSequenceNumber : atA < atB ? -1 : 1;
}

/** One UpdateItem, in the language that all Java clients speak. */
export interface JavaUpdate {
  readonly Expected: Record<string, ExpectedAttributeValue>;
  readonly AttributeUpdates: Record<string, AttributeValueUpdate>;
  readonly ReturnValues?: 'ALL_NEW';
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
}

const S = (value: string): AttributeValue => ({ S: value });
const N = (value: bigint | number): AttributeValue => ({ N: String(value) });
const is = (value: AttributeValue): ExpectedAttributeValue => ({ Value: value });
const isOwner = (owner: string | undefined) => (owner === undefined ? { Exists: false } : is(S(owner)));
const put = (value: AttributeValue): AttributeValueUpdate => ({ Action: 'PUT', Value: value });
const add = (value: number): AttributeValueUpdate => ({ Action: 'ADD', Value: N(value) });
const remove: AttributeValueUpdate = { Action: 'DELETE' };
const seen = ({ leaseCounter }: JavaLease) => ({ leaseCounter: is(N(leaseCounter)) });
const counted = ({ leaseCounter }: JavaLease) => ({ leaseCounter: put(N(leaseCounter + 1n)) });

export const renew2 = (lease: JavaLease): JavaUpdate => ({ Expected: seen(lease), AttributeUpdates: counted(lease) });

/** Whoever knows of the hand-over already renews through it. The throughput only with the 3.x algorithm. */
export const renew3 = (lease: JavaLease, throughputKBps?: number): JavaUpdate => ({
  Expected: { ...seen(lease), ...(lease.checkpointOwner === undefined ? { checkpointOwner: { Exists: false } } : {}) },
  AttributeUpdates: {
    ...counted(lease),
    ...(throughputKBps === undefined ? {} : { throughputKBps: put(N(throughputKBps)) }),
  },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
});

export const take2 = (lease: JavaLease, me: string): JavaUpdate => ({
  Expected: seen(lease),
  AttributeUpdates: {
    ...counted(lease),
    leaseOwner: put(S(me)),
    ...(lease.leaseOwner === undefined || lease.leaseOwner === me ? {} : { ownerSwitchesSinceCheckpoint: add(1) }),
  },
});

/** PHASE1 and COMPATIBLE: as 2.x, but nothing of a hand-over stays behind. */
export function take3(lease: JavaLease, me: string): JavaUpdate {
  const isSwitch = (lease.leaseOwner !== undefined && lease.leaseOwner !== me) || lease.checkpointOwner === me;
  return {
    Expected: seen(lease),
    AttributeUpdates: {
      ...counted(lease),
      leaseOwner: put(S(me)),
      checkpointOwner: remove,
      ...(isSwitch ? { ownerSwitchesSinceCheckpoint: add(1) } : {}),
    },
  };
}

/** Every checkpoint, also at the end of a shard, writes all of this each time, and never looks at `checkpointOwner`. */
export function updateLease(lease: JavaLease): JavaUpdate {
  const { checkpoint, pending, hashRange, childShardIds } = lease;
  const orRemove = (value: AttributeValue | undefined): AttributeValueUpdate => (value === undefined ? remove : put(value)); // prettier-ignore
  return {
    Expected: seen(lease),
    AttributeUpdates: {
      ...counted(lease),
      checkpoint: put(S(checkpoint.sequenceNumber)),
      checkpointSubSequenceNumber: put(N(checkpoint.subSequenceNumber)),
      ownerSwitchesSinceCheckpoint: put(N(lease.ownerSwitches)),
      pendingCheckpoint: orRemove(pending && S(pending.sequenceNumber)),
      pendingCheckpointSubSequenceNumber: orRemove(pending && N(pending.subSequenceNumber)),
      pendingCheckpointState: orRemove(pending?.state && { B: pending.state }),
      ...(hashRange === undefined ? {} : { startingHashKey: put(S(hashRange.start)), endingHashKey: put(S(hashRange.end)) }), // prettier-ignore
      ...(childShardIds.length === 0 ? {} : { childShardIds: put({ SS: [...childShardIds] }) }),
    },
  };
}

/** The counter stays: the row of a living owner may be written. */
export const updateChildren = ({ leaseKey }: JavaLease, childShardIds: readonly string[]): JavaUpdate => ({
  Expected: { leaseKey: is(S(leaseKey)) },
  AttributeUpdates: { childShardIds: put({ SS: [...childShardIds] }) },
});

/** 3.x leader: from now on `to` is the next owner, and the old one is asked to finish. Counter and switches stay. */
export const startHandOff = (lease: JavaLease, to: string): JavaUpdate => ({
  Expected: {
    leaseKey: is(S(lease.leaseKey)),
    leaseOwner: isOwner(lease.leaseOwner),
    checkpointOwner: { Exists: false },
  },
  AttributeUpdates: { leaseOwner: put(S(to)), checkpointOwner: put(S(lease.leaseOwner ?? '')) },
  ReturnValues: 'ALL_NEW',
});

/** 3.x: by the leader; at the end of a hand-over (`to` is the row's leaseOwner then) also by the old owner. */
export const assign = (lease: JavaLease, to: string): JavaUpdate => ({
  Expected: {
    leaseKey: is(S(lease.leaseKey)),
    leaseOwner: isOwner(lease.leaseOwner),
    checkpointOwner: isOwner(lease.checkpointOwner),
  },
  AttributeUpdates: {
    leaseOwner: put(S(to)),
    checkpointOwner: remove,
    leaseCounter: add(1),
    ...(lease.leaseOwner === undefined || lease.leaseOwner === to ? {} : { ownerSwitchesSinceCheckpoint: add(1) }),
  },
  ReturnValues: 'ALL_NEW',
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
});
