/**
 * The Kinesis of local mode and of tests: kinesalite's store behind an HTTP front of ours that adds what it lacks.
 * HTTP/1.1 and clear-text HTTP/2 on one port, JSON and CBOR. Every operation passes the holds and faults of
 * the wire; without them nothing throttles. Credentials are not looked at.
 */
import type { Clock } from '../../runtime/clock';
import { createAwsHandler, type Params, type Perform } from '../aws-handler';
import { jsonCodec } from '../codec';
import type { Wire } from '../faults/pass-call';
import { createOnePortServer, type OnePortServer } from '../one-port-server';
import { clientError } from '../service-error';
import { cborCodec } from './cbor-codec';
import { describeStream, describeStreamSummary } from './describe-stream';
import { getRecords } from './get-records';
import { getShardIterator } from './get-shard-iterator';
import {
  kinesaliteOperations,
  openKinesaliteStore,
  validateParams,
  type KinesaliteOperation,
  type KinesaliteStore,
} from './kinesalite-store';
import { withKinesisFaults } from './kinesis-faults';
import { listShards, listShardsRequest, listShardsTypes } from './list-shards';
import { mustBeOpen } from './must-be-open';
import { recoverStore } from './recover-store';
import { readShardIterator } from './shard-iterator';
import { consumerTypes, createStreamConsumers, type ConsumerOperation } from './stream-consumers';
import { withStreamName } from './stream-name';
import { createSubscriber, subscribeToShardTypes } from './subscribe-to-shard';
import {
  createShardCountUpdater,
  notActive,
  updateShardCountTypes,
  type ShardCountUpdater,
} from './update-shard-count';

export interface KinesisFrontOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  /** The folder of the data; without one everything is gone with the front. */
  readonly path?: string;
  /** Open shards in all streams (default 1000). */
  readonly shardLimit?: number;
  /** How long a stream is CREATING and DELETING, and UPDATING for each split and merge, ms (default 0). */
  readonly createStreamMs?: number;
  readonly deleteStreamMs?: number;
  readonly updateStreamMs?: number;
  /** Told of an operation that failed with something that is no service error. */
  readonly onFault?: (operation: string, error: unknown) => void;
}

const SHARD_LIMIT_DEFAULT = 1000;
/** Data and partition keys of one PutRecords (API reference). */
const PUT_RECORDS_BYTES_MAX = 5 * 1024 * 1024;
/** The largest request body: 5 MiB of data as base64, and as much again for keys and framing. Above it HTTP 413. */
const BODY_BYTES_MAX = 14 * 1024 * 1024;

/** `listen` rejects when the folder cannot be opened. */
export function createKinesisFront(options: KinesisFrontOptions): OnePortServer {
  const { clock, onFault = () => undefined, shardLimit = SHARD_LIMIT_DEFAULT } = options;
  const store = openKinesaliteStore({
    path: options.path,
    shardLimit,
    createStreamMs: options.createStreamMs ?? 0,
    deleteStreamMs: options.deleteStreamMs ?? 0,
    updateStreamMs: options.updateStreamMs ?? 0,
  });
  const shardCount = createShardCountUpdater({ store, clock, shardLimit, onFault });
  const closing = new AbortController();
  const operations = new Map([
    ...operationsOf(store, shardCount, clock),
    ...fanOutOperations(store, clock, closing.signal),
  ]);
  const handler = createAwsHandler({
    service: 'kinesis',
    targetPrefix: 'Kinesis_20131202',
    codecs: new Map([
      ['application/x-amz-json-1.1', jsonCodec],
      ['application/x-amz-cbor-1.1', cborCodec],
    ]),
    operations: withKinesisFaults(operations, { faults: options.wire.faults, store, clock }),
    resourceOf,
    wire: options.wire,
    onFault,
  });
  const server = createOnePortServer(handler, { bodyBytesMax: BODY_BYTES_MAX });
  return {
    async listen(port, host) {
      await store.ready();
      await recoverStore(store, clock.wallMs());
      return server.listen(port, host);
    },
    async close() {
      closing.abort();
      await server.close();
      await shardCount.close();
      await store.close();
    },
  };
}

/** What is not named here is kinesalite's own. */
function operationsOf(store: KinesaliteStore, shardCount: ShardCountUpdater, clock: Clock): Map<string, Perform> {
  const stream = (params: Params) => store.stream(params.StreamName as string);
  const view = (params: Params) => ({
    isUpdating: shardCount.isUpdating(params.StreamName as string),
    nowMs: clock.wallMs(),
  });
  const unlessUpdating =
    (operation: KinesaliteOperation) =>
    async (params: Params): Promise<unknown> => {
      const name = params.StreamName as string;
      if (shardCount.isUpdating(name)) throw notActive(name, store.account);
      mustBeOpen(await store.stream(name), params, store.account);
      return store.act(operation, params);
    };
  const own: Partial<Record<KinesaliteOperation, (params: Params) => Promise<unknown>>> = {
    DescribeStream: async (params) => describeStream(await stream(params), params, view(params)),
    DescribeStreamSummary: async (params) => describeStreamSummary(await stream(params), view(params)),
    GetRecords: (params) => getRecords(store, params, clock.wallMs()),
    GetShardIterator: (params) => getShardIterator(store, params, clock.wallMs()),
    ListShards: async (params) => {
      const request = listShardsRequest(params, clock.wallMs());
      return listShards(await store.stream(request.streamName), request, clock.wallMs());
    },
    MergeShards: unlessUpdating('MergeShards'),
    PutRecords: async (params) => {
      checkPutSize(params);
      return store.act('PutRecords', params);
    },
    SplitShard: unlessUpdating('SplitShard'),
  };
  const operations = new Map<string, Perform>();
  for (const operation of kinesaliteOperations) {
    const act = own[operation] ?? ((params: Params) => store.act(operation, params));
    const more = operation === 'ListShards' ? listShardsTypes : {};
    operations.set(operation, async (params) => act(store.validate(operation, withStreamName(params), more)));
  }
  operations.set('UpdateShardCount', async (params) =>
    shardCount.update(validateParams('UpdateShardCount', withStreamName(params), updateShardCountTypes)),
  );
  return operations;
}

/** Consumers and their subscriptions, of which kinesalite knows nothing. */
function fanOutOperations(store: KinesaliteStore, clock: Clock, closing: AbortSignal): Map<string, Perform> {
  const consumers = createStreamConsumers(store);
  const subscribe = createSubscriber({ store, consumers, clock, closing });
  const operations = new Map<string, Perform>();
  for (const operation of Object.keys(consumerTypes) as ConsumerOperation[])
    operations.set(operation, async (params) => {
      const checked = validateParams(operation, withStreamName(params), consumerTypes[operation]);
      return consumers.operations[operation](checked, clock.wallMs());
    });
  operations.set('SubscribeToShard', async (params) =>
    subscribe(validateParams('SubscribeToShard', params, subscribeToShardTypes)),
  );
  return operations;
}

/** Throws InvalidArgumentException when a PutRecords carries more data and partition keys than the service takes. */
function checkPutSize(params: Params): void {
  let bytes = 0;
  for (const { Data, PartitionKey } of params.Records as { Data: string; PartitionKey: string }[])
    bytes += Buffer.byteLength(Data, 'base64') + Buffer.byteLength(PartitionKey);
  if (bytes > PUT_RECORDS_BYTES_MAX) throw clientError('InvalidArgumentException', 'Records size exceeds 5 MB limit');
}

/** For holds and faults: the stream, and the shard where there is one. */
function resourceOf(params: Params): string {
  const { StreamName, StreamARN, ConsumerARN, ShardId, ShardIterator } = params;
  if (typeof ShardIterator === 'string') {
    const { streamName, shardId } = readShardIterator(ShardIterator, 0);
    return `${streamName}/${shardId}`;
  }
  const stream = String(StreamName ?? StreamARN ?? ConsumerARN ?? '');
  return ShardId === undefined ? stream : `${stream}/${String(ShardId)}`;
}
