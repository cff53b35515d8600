/**
 * kinesalite 3.3.3 without its HTTP server: its LevelDB store and its actions, promised and typed. The front calls
 * actions directly, so that a body is parsed once and whatever an action throws stays inside that call. What kinesalite
 * acknowledges has been handed to the operating system: it survives the end of this process, though not a power cut.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ServiceError, clientError } from '../service-error';
import type { Params } from '../aws-handler';

/** A shard as stored and as the API shows it. Its position in `Shards` is the number in its id. */
export interface StoredShard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
  readonly AdjacentParentShardId?: string;
  readonly HashKeyRange: { readonly StartingHashKey: string; readonly EndingHashKey: string };
  readonly SequenceNumberRange: { readonly StartingSequenceNumber: string; readonly EndingSequenceNumber?: string };
}

export interface StoredStream {
  readonly StreamName: string;
  readonly StreamARN: string;
  StreamStatus: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';
  /** Whole seconds. */
  readonly StreamCreationTimestamp: number;
  readonly RetentionPeriodHours: number;
  readonly Shards: StoredShard[];
  /** The next sequence index of each group of five shards; null before the first record. */
  readonly _seqIx: (number | null)[];
  /** Ours: kinesalite knows none, and keeps what it does not know. */
  readonly consumers?: readonly StoredConsumer[];
}

/** A registered consumer, as the API shows it. */
export interface StoredConsumer {
  readonly ConsumerName: string;
  readonly ConsumerARN: string;
  /** Whole seconds. */
  readonly ConsumerCreationTimestamp: number;
}

export interface StoredRecord {
  readonly PartitionKey: string;
  /** Base64. */
  readonly Data: string;
  /** Seconds with three decimals. */
  readonly ApproximateArrivalTimestamp: number;
}

/** The parts of a sequence number that matter here. Times are ms, but whole seconds. */
export interface SequenceParts {
  readonly shardCreateTime: number;
  readonly seqIx: string | number;
  readonly seqTime: number;
  readonly shardIx: number;
}

type Callback<T> = (error: (Error & { statusCode?: number; body?: object }) | null, result: T) => void;
interface Level<V> {
  put(key: string, value: V, done: Callback<void>): void;
  del(key: string, done: Callback<void>): void;
  clear(range: { gte: string; lt: string }, done: Callback<void>): void;
  createReadStream(range: { gte: string; lt: string; limit?: number }): AsyncIterable<{ key: string; value: V }>;
  createKeyStream(): AsyncIterable<string>;
}
interface Store {
  readonly db: { once(event: 'ready' | 'error', f: (error: Error) => void): void; close(done: Callback<void>): void };
  readonly metaDb: Level<StoredStream> & {
    readonly awsAccountId: string;
    lock(key: string, run: (release: (done?: () => void) => () => void) => void): void;
  };
  getStreamDb(name: string): Level<StoredRecord>;
  deleteStreamDb(name: string, done: Callback<void>): void;
  getStream(name: string, done: Callback<StoredStream>): void;
}
interface Db {
  create(options: StoreOptions): Store;
  parseSequence(sequenceNumber: string): SequenceParts;
  stringifySequence(parts: Partial<SequenceParts>): string;
  incrementSequence(parts: SequenceParts): string;
  shardIxToHex(index: number): string;
  readonly ITERATOR_PWD_KEY: Buffer;
  readonly ITERATOR_PWD_IV: Buffer;
}
/** kinesalite's description of a parameter; the messages of a ValidationException come from it. */
export type ParamTypes = Record<string, string | Readonly<Record<string, unknown>>>;
interface Validations {
  checkTypes(params: Params, types: ParamTypes): Params;
  checkValidations(params: Params, types: ParamTypes, custom: unknown, operation: string): void;
}

const load = createRequire(__filename);
const validations = load('kinesalite/validations') as Validations;
/** kinesalite's pure functions on sequence numbers, and its iterator key. */
export const kinesaliteDb = load('kinesalite/db') as Db;

/** What kinesalite does by itself and we only pass on, or build on. */
export const kinesaliteOperations = [
  'AddTagsToStream', 'CreateStream', 'DecreaseStreamRetentionPeriod', 'DeleteStream', 'DescribeStream',
  'DescribeStreamSummary', 'GetRecords', 'GetShardIterator', 'IncreaseStreamRetentionPeriod', 'ListShards',
  'ListStreams', 'ListTagsForStream', 'MergeShards', 'PutRecord', 'PutRecords', 'RemoveTagsFromStream', 'SplitShard',
] as const; // prettier-ignore
export type KinesaliteOperation = (typeof kinesaliteOperations)[number];

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
const loadEach = <T>(folder: string): Record<string, T> =>
  Object.fromEntries(kinesaliteOperations.map((name) => [name, load(`kinesalite/${folder}/${lowerFirst(name)}`) as T]));
const actions = loadEach<(store: Store, params: Params, done: Callback<unknown>) => void>('actions');
const described = loadEach<{ types: ParamTypes; custom?: unknown }>('validations');

export interface StoreOptions {
  /** The LevelDB folder; without one everything stays in memory. */
  readonly path?: string;
  readonly createStreamMs: number;
  readonly deleteStreamMs: number;
  readonly updateStreamMs: number;
  /** Open shards in all streams. */
  readonly shardLimit: number;
}

export type KinesaliteStore = ReturnType<typeof openKinesaliteStore>;

export function openKinesaliteStore(options: StoreOptions) {
  if (options.path !== undefined) mkdirSync(options.path, { recursive: true });
  const store = kinesaliteDb.create({ ...options });
  const opened = new Promise<void>((resolve, reject) => {
    store.db.once('ready', () => resolve());
    store.db.once('error', reject);
  });
  opened.catch(() => undefined); // `ready` tells whoever listens
  const promised = <T>(run: (done: Callback<T>) => void): Promise<T> =>
    new Promise((resolve, reject) =>
      run((error, result) => {
        if (!error) resolve(result);
        else reject(error.statusCode ? new ServiceError(error.statusCode, { ...error.body }) : error);
      }),
    );

  return {
    account: store.metaDb.awsAccountId,
    /** Rejects when the folder cannot be opened, for example because another process has it. */
    ready: (): Promise<void> => opened,
    /** Checks parameters as the service does; `more` describes what kinesalite does not know. */
    validate(operation: KinesaliteOperation, params: Params, more: ParamTypes = {}): Params {
      return validateParams(operation, params, { ...described[operation]!.types, ...more });
    },
    /** Runs kinesalite's own action on parameters that are checked already. */
    act: (operation: KinesaliteOperation, params: Params): Promise<unknown> =>
      promised((done) => actions[operation]!(store, params, done)),
    /** Throws ResourceNotFoundException. */
    stream: (name: string): Promise<StoredStream> => promised((done) => store.getStream(name, done)),
    putStream: (stream: StoredStream): Promise<void> =>
      promised((done) => store.metaDb.put(stream.StreamName, stream, done)),
    async deleteStream(name: string): Promise<void> {
      await promised<void>((done) => store.deleteStreamDb(name, done));
      await promised<void>((done) => store.metaDb.del(name, done));
    },
    async streamNames(): Promise<string[]> {
      const names: string[] = [];
      for await (const name of store.metaDb.createKeyStream()) names.push(name);
      return names;
    },
    /** Records from one sequence number on, in order. */
    records: (name: string, shardIndex: number, from: string, limit?: number) =>
      store.getStreamDb(name).createReadStream({
        gte: recordKey(shardIndex, from),
        lt: kinesaliteDb.shardIxToHex(shardIndex + 1),
        ...(limit === undefined ? {} : { limit }),
      }),
    removeRecordsBelow: (name: string, shardIndex: number, sequenceNumber: string): Promise<void> =>
      promised((done) =>
        store
          .getStreamDb(name)
          .clear({ gte: recordKey(shardIndex, ''), lt: recordKey(shardIndex, sequenceNumber) }, done),
      ),
    /** Runs while no put, split or merge of the stream is under way. */
    locked: <T>(name: string, run: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) =>
        store.metaDb.lock(name, (release) => {
          run().then(resolve, reject).finally(release());
        }),
      ),
    close: (): Promise<void> => promised((done) => store.db.close(done)),
  };
}

const recordKey = (shardIndex: number, sequenceNumber: string): string =>
  `${kinesaliteDb.shardIxToHex(shardIndex)}/${sequenceNumber}`;

/** The sequence number in the key of a stored record. */
export const sequenceNumberOf = (key: string): string => key.slice(key.indexOf('/') + 1);

/** Throws SerializationException or ValidationException. Parameters that `types` does not name are left out. */
export function validateParams(operation: string, params: Params, types: ParamTypes): Params {
  try {
    const checked = validations.checkTypes(params, types);
    validations.checkValidations(checked, types, described[operation]?.custom, operation);
    // A name that any object has already would reach through kinesalite's plain objects.
    if (typeof checked.StreamName === 'string' && checked.StreamName in [])
      throw clientError('InvalidArgumentException', `A stream cannot be called ${checked.StreamName} here.`);
    return checked;
  } catch (error) {
    const { statusCode, body } = error as { statusCode?: number; body?: object };
    throw statusCode === undefined ? error : new ServiceError(statusCode, { ...body });
  }
}
