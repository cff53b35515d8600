/**
 * The readers of bench/stream-reading.ts, one in a process: gets its order from the parent, reads every record once and
 * answers how long it took.
 */
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { createWorker, type RecordProcessor } from '../kinesis-client';
import type { KinesisClientSettings } from '../kinesis-client/worker';
import { afterRead, fullReadBudget, waitBeforeReadMs } from '../kinesis-client/shards/read-budget';
import { createDynamoDBClient, createKinesisClient, type AwsSettings } from '../runtime/aws-clients';
import { systemClock as clock } from '../runtime/clock';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { systemRandom } from '../runtime/random';

export interface ReadingOrder {
  readonly reader: 'bare' | 'worker';
  readonly aws: AwsSettings;
  readonly stream: string;
  readonly shardIds: readonly string[];
  /** How many records there are. */
  readonly records: number;
  /** Names the lease table of the worker. */
  readonly application: string;
  readonly settings: KinesisClientSettings;
}

export interface Reading {
  /** From the first request for an iterator, or the first `initialize`, to the last record. */
  readonly ms: number;
  /** From the start of the reader to its first record. */
  readonly startMs: number;
  readonly cpuUs: number;
  readonly peakBytes: number;
}

/** Counts the records, and knows when the first and the last came. */
class Tally {
  private readonly bornMs = clock.monotonicMs();
  private startedMs = Infinity;
  private firstMs = 0;
  private seen = 0;
  private cpu = process.cpuUsage();
  private finish: (reading: Reading) => void = () => undefined;
  readonly done = new Promise<Reading>((resolve) => (this.finish = resolve));

  constructor(private readonly records: number) {}

  begin(): void {
    if (this.startedMs !== Infinity) return;
    this.startedMs = clock.monotonicMs();
    this.cpu = process.cpuUsage();
  }

  add(count: number): void {
    if (this.seen === 0 && count > 0) this.firstMs = clock.monotonicMs();
    this.seen += count;
    if (this.seen < this.records) return;
    const { user, system } = process.cpuUsage(this.cpu);
    this.finish({
      ms: clock.monotonicMs() - this.startedMs,
      startMs: this.firstMs - this.bornMs,
      cpuUs: user + system,
      peakBytes: process.resourceUsage().maxRSS * 1_024,
    });
  }
}

/** Nothing but the calls, as fast as the service allows a shard. */
async function readBare(kinesis: KinesisClient, order: ReadingOrder, tally: Tally): Promise<void> {
  const { stream, shardIds } = order;
  tally.begin();
  await Promise.all(
    shardIds.map(async (ShardId) => {
      const first = { StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
      let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(first));
      let budget = fullReadBudget(clock.monotonicMs());
      for (;;) {
        const waitMs = waitBeforeReadMs(budget, clock.monotonicMs());
        if (waitMs > 0) await clock.sleep(waitMs);
        const sentMs = clock.monotonicMs();
        const answer = await kinesis.send(
          new GetRecordsCommand({ ShardIterator, Limit: order.settings.fetchRecordsMax }),
        );
        const { Records = [], NextShardIterator, MillisBehindLatest } = answer;
        budget = afterRead(
          budget,
          sentMs,
          Records.reduce((bytes, { Data }) => bytes + (Data?.byteLength ?? 0), 0),
        );
        tally.add(Records.length);
        if (MillisBehindLatest === 0) return;
        ShardIterator = NextShardIterator;
      }
    }),
  );
}

/** Default settings, a processor that looks at each record's bytes and never checkpoints. */
async function readWithWorker(kinesis: KinesisClient, order: ReadingOrder, tally: Tally): Promise<void> {
  const dynamodb = createDynamoDBClient(order.aws);
  const processor = (): RecordProcessor => ({
    initialize: async () => tally.begin(),
    processRecords: async ({ records }) => tally.add(records.filter(({ bytes }) => bytes.length > 0).length),
    leaseLost: async () => undefined,
    shardEnded: ({ checkpointer }) => checkpointer.checkpoint(),
  });
  const worker = createWorker({
    ...{ applicationName: order.application, streamName: order.stream, initialPosition: 'TRIM_HORIZON' },
    ...{ kinesis, dynamodb, clock, random: systemRandom, metrics: createMetrics(), log: silentLogger },
    processorFactory: processor,
    settings: order.settings,
    onFatal: (error) => {
      throw error;
    },
  });
  await worker.start();
  await tally.done;
  await worker.stop();
  dynamodb.destroy();
}

process.once('message', (order: ReadingOrder) => {
  const tally = new Tally(order.records);
  const kinesis = createKinesisClient(order.aws);
  const read = order.reader === 'bare' ? readBare : readWithWorker;
  void Promise.all([tally.done, read(kinesis, order, tally)]).then(([reading]) => {
    kinesis.destroy();
    process.send?.(reading, () => process.disconnect());
  });
});
