/**
 * The Kinesis of local mode and of tests: kinesalite's store behind an HTTP front of ours that adds what it lacks.
 * HTTP/1.1 and clear-text HTTP/2 on one port, JSON and CBOR. Every operation goes through the gate. Nothing here
 * throttles, and credentials are not looked at.
 */
import type { Clock } from '../../runtime/clock';
import { createAwsHandler, jsonCodec, type Params } from '../aws-handler';
import type { Gate } from '../gate';
import { createOnePortServer, type OnePortServer } from '../one-port-server';
import { getRecords } from './get-records';
import {
  kinesaliteOperations,
  openKinesaliteStore,
  type KinesaliteOperation,
  type KinesaliteStore,
} from './kinesalite-store';
import { withStreamName } from './stream-name';

export interface KinesisFrontOptions {
  readonly gate: Gate;
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

/** The largest request body: 5 MiB of data as base64, and as much again for keys and framing. Above it HTTP 413. */
const BODY_BYTES_MAX = 14 * 1024 * 1024;

/** `listen` rejects when the folder cannot be opened. */
export function createKinesisFront(options: KinesisFrontOptions): OnePortServer {
  const store = openKinesaliteStore({
    path: options.path,
    shardLimit: options.shardLimit ?? 1000,
    createStreamMs: options.createStreamMs ?? 0,
    deleteStreamMs: options.deleteStreamMs ?? 0,
    updateStreamMs: options.updateStreamMs ?? 0,
  });
  const handler = createAwsHandler({
    service: 'kinesis',
    targetPrefix: 'Kinesis_20131202',
    codecs: new Map([['application/x-amz-json-1.1', jsonCodec]]),
    operations: operationsOf(store, options.clock),
    resourceOf: (params) => String(params.StreamName ?? params.StreamARN ?? ''),
    gate: options.gate,
    onFault: options.onFault ?? (() => undefined),
  });
  const server = createOnePortServer(handler, { bodyBytesMax: BODY_BYTES_MAX });
  return {
    async listen(port, host) {
      await store.ready();
      return server.listen(port, host);
    },
    async close() {
      await server.close();
      await store.close();
    },
  };
}

function operationsOf(store: KinesaliteStore, clock: Clock): Map<string, (params: Params) => Promise<unknown>> {
  const own: Partial<Record<KinesaliteOperation, (params: Params) => Promise<unknown>>> = {
    GetRecords: (params) => getRecords(store, params, clock.wallMs()),
  };
  return new Map(
    kinesaliteOperations.map((operation) => {
      const act = own[operation] ?? ((params: Params) => store.act(operation, params));
      return [operation, async (params) => act(store.validate(operation, withStreamName(params)))];
    }),
  );
}
