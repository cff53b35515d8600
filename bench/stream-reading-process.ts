/**
 * The readers of bench/stream-reading.ts, one in a process: gets its order from the parent, reads every record once and
 * answers how long it took.
 */
import { existsSync, readFileSync } from 'node:fs';
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
  /** From the first request for an iterator to the last record; a worker holds all shards by then. */
  readonly ms: number;
  /** From the start of the reader until all shards are there to be read. */
  readonly startMs: number;
  readonly cpuUs: number;
  readonly peakBytes: number;
}

/** Counts the records, and knows when the last came. Reading begins when all shards are there to be read. */
class Tally {
  private readonly bornMs = clock.monotonicMs();
  private startedMs = 0;
  private seen = 0;
  private cpu = process.cpuUsage();
  private finish: (reading: Reading) => void = () => undefined;
  readonly done = new Promise<Reading>((resolve) => (this.finish = resolve));
  private start: () => void = () => undefined;
  private readonly started = new Promise<void>((resolve) => (this.start = resolve));

  constructor(
    private readonly records: number,
    private waitingFor: number,
  ) {}

  /** Of one shard; resolves when all are. */
  begin(): Promise<void> {
    if (--this.waitingFor === 0) {
      this.startedMs = clock.monotonicMs();
      this.cpu = process.cpuUsage();
      this.start();
    }
    return this.started;
  }

  add(count: number): void {
    this.seen += count;
    if (this.seen < this.records) return;
    const { user, system } = process.cpuUsage(this.cpu);
    this.finish({
      ms: clock.monotonicMs() - this.startedMs,
      startMs: this.startedMs - this.bornMs,
      cpuUs: user + system,
      peakBytes: peakBytes(),
    });
  }
}

/** `maxRSS` would not do: on Linux it begins with the memory of the parent, which holds the whole stream. */
function peakBytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1_024;
}

/** Nothing but the calls, as fast as the service allows a shard. */
async function readBare(kinesis: KinesisClient, order: ReadingOrder, tally: Tally): Promise<void> {
  const { stream, shardIds } = order;
  await Promise.all(
    shardIds.map(async (ShardId) => {
      await tally.begin();
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
    initialize: () => tally.begin(),
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
  const tally = new Tally(order.records, order.shardIds.length);
  const kinesis = createKinesisClient(order.aws);
  const read = order.reader === 'bare' ? readBare : readWithWorker;
  void Promise.all([tally.done, read(kinesis, order, tally)]).then(([reading]) => {
    kinesis.destroy();
    process.send?.(reading, () => process.disconnect());
  });
});
