/**
 * What a shard costs in memory on which nothing happens: a worker on virtual time that reads many empty shards, in the
 * heap after a full garbage collection, beside the same worker with one shard. The row and the empty shard in the
 * fakes of table and stream count too.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { kinesisClientFields } from '../kinesis-client';
import { InMemoryLeaseTable } from '../kinesis-client/leases/in-memory-lease-table';
import { createWorkerOn } from '../kinesis-client/worker';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { seededRandom } from '../runtime/random';
import { VirtualClock } from '../runtime/virtual-clock';
import { defaultsOf } from '../test/default-settings';
import { FakeStream } from '../test/fake-stream';
import { atMost, type Bench } from './check';

const SHARDS = 500;
const IDLE_MS = 10_000;

export const idleShards: Bench = {
  doc: 'the memory of a shard on which nothing happens',
  async run() {
    const one = await heapOf(1);
    const many = await heapOf(SHARDS);
    return [atMost(50, 'memory of an idle shard', (many - one) / (SHARDS - 1) / 1e3, 'kB')];
  },
};

/** Bytes that the worker itself holds. */
async function heapOf(shards: number): Promise<number> {
  const clock = new VirtualClock();
  const stream = new FakeStream(clock, shards);
  const table = new InMemoryLeaseTable();
  const worker = createWorkerOn({
    ...{ clock, table, stream, shards: stream, streamName: 'raw', initialPosition: 'TRIM_HORIZON' },
    ...{ metrics: createMetrics(), log: silentLogger, random: seededRandom(1) },
    settings: defaultsOf(kinesisClientFields),
    processorFactory: () => ({
      initialize: async () => undefined,
      processRecords: async () => undefined,
      leaseLost: async () => undefined,
      shardEnded: async () => undefined,
    }),
    onFatal: (error) => {
      throw error;
    },
  });
  const started = worker.start();
  await clock.advance(IDLE_MS);
  await started;
  const running = collected(() =>
    [stream.calls, table.calls, table.applied, table.writes].forEach((list) => (list.length = 0)),
  );
  const stopped = worker.stop();
  await clock.advance(IDLE_MS);
  await stopped;
  return running;
}

/** Heap in use once `forget` has dropped what only the fakes remember. */
function collected(forget: () => void): number {
  forget();
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
