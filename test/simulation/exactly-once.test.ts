/**
 * A fleet on virtual time whose processors commit in two phases, as the S3 sink does, while everything goes wrong: calls
 * throttled, answers lost, requests applied late, processes killed, stalled and stopped, shards split and merged. What must
 * hold whatever happens: every record is visible exactly once, and nothing of a child before its parents are done.
 */
import { createWorkerOn, type Worker } from '../../kinesis-client/worker';
import { kinesisClientFields } from '../../kinesis-client/config';
import type { Checkpointer } from '../../kinesis-client/shards/checkpointer';
import type { ClientRecord } from '../../kinesis-client/shards/client-record';
import type { RecordProcessor } from '../../kinesis-client/shards/record-processor';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom } from '../../runtime/random';
import { defaultsOf } from '../default-settings';
import { FakeClock, type FakeProcessClock } from '../fake-clock';
import { FakeStream } from '../fake-stream';
import { InMemoryLeaseTable } from '../in-memory-lease-table';

const SEEDS = [1, 2, 3, 4];
const STORM_MS = 120_000;

interface Process {
  readonly worker: Worker;
  readonly time: FakeProcessClock;
  paused: boolean;
}

class Storm {
  readonly clock = new FakeClock();
  readonly stream = new FakeStream(this.clock, 2);
  readonly table = new InMemoryLeaseTable();
  readonly put: string[] = [];
  readonly fatal: unknown[] = [];
  /** Uploads by name: nobody sees them until they are completed. */
  private readonly uploads = new Map<string, { readonly shardId: string; readonly words: readonly string[] }>();
  /** Completed uploads, in the order of completion; completing again changes nothing. */
  private readonly visible = new Set<string>();
  private readonly workers: Process[] = [];
  private readonly random;
  private calm = false;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.table.fault = () => this.tableFault();
  }

  visibleWords(): string[] {
    return [...this.visible].flatMap((name) => this.uploads.get(name)?.words ?? []);
  }

  /** When something of the shard became visible first and last, as places in the order of completion. */
  visibleSpan(shardId: string): { first: number; last: number } {
    const places = [...this.visible].flatMap((name, place) =>
      this.uploads.get(name)?.shardId === shardId ? [place] : [],
    );
    return { first: Math.min(...places), last: Math.max(-1, ...places) };
  }

  async run(): Promise<void> {
    for (let i = 0; i < 3; i++) this.startWorker();
    while (this.clock.monotonicMs() < STORM_MS) {
      await this.clock.advance(500 + this.random.integer(3_000));
      this.strike();
    }
    this.calm = true;
    this.stream.answerNormally();
    for (const shardId of this.open()) this.putOne(shardId); // what was only collected until now is committed with it
    for (const one of this.workers) this.resume(one);
    this.startWorker();
    await this.clock.advance(180_000);
  }

  /** Something happens. */
  private strike(): void {
    this.fill();
    const one = this.random.shuffle(this.workers.filter((worker) => !worker.paused))[0];
    if (one === undefined) return this.startWorker();
    switch (this.random.integer(8)) {
      case 0: // SIGKILL: nothing of it runs again, until the calm shows it what became of its leases
        this.pause(one);
        return this.startWorker();
      case 1: // SIGSTOP
        this.pause(one);
        return void this.clock.sleep(5_000 + this.random.integer(30_000)).then(() => this.resume(one));
      case 2: // a deploy
        void one.worker.stop({ drainToTipMs: this.random.integer(2_000) });
        return this.startWorker();
      case 3:
        return this.reshard();
      case 4:
        return this.stream.answerNext('getRecords', { kind: 'expired' });
      case 5:
        return this.stream.answerNext('getRecords', { kind: 'throttled' }, 3);
      case 6:
        return this.stream.answerNext('openIterator', { kind: 'unavailable', cause: new Error('down') }, 2);
    }
  }

  private pause(one: Process): void {
    one.paused = true;
    one.time.pause();
  }

  private resume(one: Process): void {
    one.paused = false;
    one.time.resume();
  }

  private open(): string[] {
    return this.stream.shardIds.filter((shardId) => this.stream.isOpen(shardId));
  }

  private fill(): void {
    for (const shardId of this.open()) {
      for (let i = this.random.integer(6); i > 0; i--) this.putOne(shardId);
    }
  }

  private putOne(shardId: string): void {
    const word = `${shardId}-${this.put.length}`;
    this.stream.put(shardId, word);
    this.put.push(word);
  }

  private reshard(): void {
    const [first, second] = this.random.shuffle(this.open()) as [string, string | undefined];
    if (this.stream.shardIds.length > 12) return;
    if (this.random.next() < 0.6) this.stream.split(first);
    else if (second !== undefined && this.stream.areAdjacent(first, second)) this.stream.merge(first, second);
  }

  private tableFault() {
    const chance = this.calm ? 1 : this.random.next();
    if (chance < 0.05) return 'throttle' as const;
    if (chance < 0.1) return 'lose' as const;
    if (chance < 0.15) return { before: this.clock.sleep(this.random.integer(4_000)) };
    if (chance < 0.2) return { after: this.clock.sleep(this.random.integer(4_000)) };
    return undefined;
  }

  private startWorker(): void {
    const time = this.clock.process({ monotonicMs: this.random.integer(1e9), wallMs: this.random.integer(7_200_000) });
    const worker = createWorkerOn({
      ...{ clock: time, table: this.table, stream: this.stream, shards: this.stream, streamName: 'raw' },
      ...{ metrics: createMetrics(), log: silentLogger, random: seededRandom(this.random.integer(2 ** 31)) },
      settings: { ...defaultsOf(kinesisClientFields), fetchRecordsMax: 7 },
      initialPosition: 'TRIM_HORIZON',
      processorFactory: (shardId) => this.processor(shardId, time),
      onFatal: (error) => this.fatal.push(error),
    });
    this.workers.push({ worker, time, paused: false });
    worker.start().catch((error: unknown) => this.fatal.push(error));
  }

  private processor(shardId: string, time: FakeProcessClock): RecordProcessor {
    let batch: ClientRecord[] = [];
    const pause = (): Promise<void> => time.sleep(this.random.integer(1_500));
    const complete = async (name: string): Promise<void> => {
      await pause();
      this.visible.add(name);
      await pause();
    };
    const commit = async (checkpointer: Checkpointer, at?: string): Promise<void> => {
      const last = batch.at(-1);
      if (last === undefined) return;
      const name = `${shardId} ${this.uploads.size}`;
      this.uploads.set(name, { shardId, words: batch.map(({ bytes }) => bytes.toString()) });
      batch = [];
      await pause();
      if (!this.calm && this.random.next() < 0.05) return checkpointer.restartFromCheckpoint(); // the upload failed
      const prepared = await checkpointer.prepareCheckpoint(at ?? last.sequenceNumber, 0, Buffer.from(name));
      await complete(name);
      await prepared.commit();
    };
    return {
      pending: true,
      initialize: async ({ pending }) => {
        if (pending === undefined) return;
        await complete(pending.state.toString());
        await pending.commit();
      },
      processRecords: async ({ records, checkpointer }) => {
        batch.push(...records);
        if (this.calm || this.random.next() < 0.5) await commit(checkpointer);
      },
      shutdownRequested: ({ checkpointer }) => commit(checkpointer),
      shardEnded: ({ checkpointer }) =>
        batch.length > 0 ? commit(checkpointer, 'SHARD_END') : checkpointer.checkpoint(),
      leaseLost: async () => {
        batch = [];
      },
    };
  }
}

describe('two-phase commits in a storm', () => {
  it.each(SEEDS)(
    'make every record visible exactly once (seed %i)',
    async (seed) => {
      const storm = new Storm(seed);
      await storm.run();
      expect(storm.fatal).toEqual([]);
      expect(storm.put.length).toBeGreaterThan(100);
      expect(storm.visibleWords().sort()).toEqual([...storm.put].sort());
      for (const shard of await storm.stream.listShards()) {
        for (const parent of [shard.parentShardId, shard.adjacentParentShardId].filter((id) => id !== undefined))
          expect(storm.visibleSpan(parent).last).toBeLessThan(storm.visibleSpan(shard.shardId).first);
      }
    },
    60_000,
  );
});
