/**
 * How a lease lies in the table: the Java KCL's attribute names and types (kinesis-client README, "The row"). Reading
 * is tolerant, because rows of many Java versions meet here; writing is strict. Pure.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { FlotillaError } from '../../runtime/errors';
import { isSequenceNumber, type Checkpoint, type Lease, type PendingCheckpoint } from './lease';

/** An item in DynamoDB JSON. */
export type Row = Readonly<Record<string, AttributeValue>>;

/** `2.5E+1`, `7.38E-4`, `12`: what DynamoDB and Java doubles look like. Undefined when it is no whole number. */
export function integerOf(text: string): bigint | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && digits % scale !== 0n) return undefined;
  const value = shift < 0 ? digits / scale : digits * scale;
  return sign === '-' ? -value : value;
}

/**
 * The lease in a row, or null when the row is none: of another entityType, or without a lease counter (Java 3.5 keeps
 * its leader lock and worker metrics in the same table). Unknown attributes are passed over. Throws
 * FLOTILLA_BAD_LEASE_ROW when a row that is a lease cannot be understood: a shard must not be unread without a word.
 */
export function readLease(row: Row): Lease | null {
  const leaseKey = row.leaseKey?.S;
  if (leaseKey === undefined || row.leaseCounter === undefined) return null;
  if (row.entityType !== undefined && row.entityType.S !== 'LEASE') return null;
  const read = readerOf(leaseKey, row);
  const pending = readPending(read);
  const range = { start: row.startingHashKey?.S, end: row.endingHashKey?.S };
  const latestSinceMs = row.latestSince === undefined ? undefined : Number(read.integer('latestSince'));
  const parkedAt = integerOf(row.parkedAt?.N ?? ''); // a hint that cannot be read is none
  return {
    leaseKey,
    ...(row.leaseOwner?.S ? { leaseOwner: row.leaseOwner.S } : {}),
    leaseCounter: read.integer('leaseCounter'),
    ownerSwitchesSinceCheckpoint: read.integer('ownerSwitchesSinceCheckpoint', 0n),
    checkpoint: read.checkpoint('checkpoint', 'checkpointSubSequenceNumber'),
    ...(pending ? { pending } : {}),
    parentShardIds: read.set('parentShardId'),
    childShardIds: read.set('childShardIds'),
    ...(range.start !== undefined && range.end !== undefined
      ? { hashRange: { start: range.start, end: range.end } }
      : {}),
    ...(row.checkpointOwner?.S ? { checkpointOwner: row.checkpointOwner.S } : {}),
    ...(latestSinceMs === undefined ? {} : { latestSinceMs }),
    ...(parkedAt === undefined ? {} : { parkedAtMs: Number(parkedAt) }),
  };
}

type Reader = ReturnType<typeof readerOf>;

function readerOf(leaseKey: string, row: Row) {
  const bad = (name: string): FlotillaError =>
    new FlotillaError(
      'FLOTILLA_BAD_LEASE_ROW',
      `lease ${leaseKey}: ${name} is ${JSON.stringify(row[name]) ?? 'missing'}, which no Java client writes: correct it, or delete the row and its shard begins anew`,
    );
  const integer = (name: string, missing?: bigint): bigint => {
    const attribute = row[name];
    const value = attribute === undefined ? missing : integerOf(attribute.N ?? '');
    if (value === undefined) throw bad(name);
    return value;
  };
  const checkpoint = (name: string, subName: string): Checkpoint => {
    const sequenceNumber = row[name]?.S ?? '';
    if (!isSequenceNumber(sequenceNumber)) throw bad(name);
    return { sequenceNumber, subSequenceNumber: Number(integer(subName, 0n)) };
  };
  const set = (name: string): readonly string[] => [...(row[name]?.SS ?? [])].sort();
  return { row, integer, checkpoint, set };
}

function readPending({ row, checkpoint }: Reader): PendingCheckpoint | undefined {
  if (row.pendingCheckpoint === undefined) return undefined;
  const pending = checkpoint('pendingCheckpoint', 'pendingCheckpointSubSequenceNumber');
  // Of type N the state is the product of a Java 3.x bug and holds no bytes of an application.
  const state = row.pendingCheckpointState?.B;
  return state === undefined ? { checkpoint: pending } : { checkpoint: pending, state };
}

/** The attributes of a checkpoint, as Java names them. */
export const checkpointAttributes = (checkpoint: Checkpoint): Row => ({
  checkpoint: { S: checkpoint.sequenceNumber },
  checkpointSubSequenceNumber: { N: String(checkpoint.subSequenceNumber) },
});

/** The attributes of a pending checkpoint. Empty bytes are not written: they would read as none anyway. */
export const pendingAttributes = ({ checkpoint, state }: PendingCheckpoint): Row => ({
  pendingCheckpoint: { S: checkpoint.sequenceNumber },
  pendingCheckpointSubSequenceNumber: { N: String(checkpoint.subSequenceNumber) },
  ...(state !== undefined && state.length > 0 ? { pendingCheckpointState: { B: state } } : {}),
});

/** The whole row of a lease. Empty texts and sets are never written; no number has an exponent. */
export function writeLease(lease: Lease): Row {
  return {
    leaseKey: { S: lease.leaseKey },
    ...(lease.leaseOwner ? { leaseOwner: { S: lease.leaseOwner } } : {}),
    leaseCounter: { N: String(lease.leaseCounter) },
    ownerSwitchesSinceCheckpoint: { N: String(lease.ownerSwitchesSinceCheckpoint) },
    ...checkpointAttributes(lease.checkpoint),
    ...(lease.pending ? pendingAttributes(lease.pending) : {}),
    ...(lease.parentShardIds.length > 0 ? { parentShardId: { SS: [...lease.parentShardIds] } } : {}),
    ...(lease.childShardIds.length > 0 ? { childShardIds: { SS: [...lease.childShardIds] } } : {}),
    ...(lease.hashRange
      ? { startingHashKey: { S: lease.hashRange.start }, endingHashKey: { S: lease.hashRange.end } }
      : {}),
    ...(lease.checkpointOwner ? { checkpointOwner: { S: lease.checkpointOwner } } : {}),
    ...(lease.latestSinceMs === undefined ? {} : { latestSince: { N: String(lease.latestSinceMs) } }),
    ...(lease.parkedAtMs === undefined ? {} : { parkedAt: { N: String(lease.parkedAtMs) } }),
  };
}
