/**
 * A fleet of workers on virtual time while everything goes wrong: calls throttled, answers lost, requests applied late,
 * processes killed, stalled and stopped, shards split and merged. A test says what is put into the stream and what becomes
 * of it, and what must hold once the storm is over.
 */
import { kinesisClientFields } from '../kinesis-client/config';
import type { RecordProcessor } from '../kinesis-client/shards/record-processor';
import { createWorkerOn, type Worker } from '../kinesis-client/worker';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { seededRandom, type Random } from '../runtime/random';
import { defaultsOf } from './default-settings';
import { VirtualClock, type VirtualProcessClock } from '../runtime/virtual-clock';
import { FakeStream } from './fake-stream';
import { InMemoryLeaseTable, type Fault } from '../kinesis-client/leases/in-memory-lease-table';

const STORM_MS = 120_000;
const SHARDS_MAX = 12;

/** What a process does with records. */
export interface StormApplication {
  readonly processorFactory: (shardId: string) => RecordProcessor;
  /** Called when the process is told to stop, before its worker is. */
  readonly onStop?: () => void;
}

interface Process {
  readonly worker: Worker;
  readonly time: VirtualProcessClock;
  readonly application: StormApplication;
  /** Nothing happens to it any more: it stands still, was killed or told to stop. */
  out: boolean;
}

export abstract class Storm {
  readonly clock = new VirtualClock();
  readonly stream = new FakeStream(this.clock, 2);
  readonly table = new InMemoryLeaseTable();
  readonly fatal: unknown[] = [];
  protected readonly random: Random;
  /** Nothing goes wrong any more. */
  protected calm = false;
  private readonly processes: Process[] = [];

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.table.fault = () => this.tableFault();
  }

  /** The next record to put into the shard. */
  protected abstract nextRecord(shardId: string): string | Uint8Array;

  /** Called for each process that starts. `time` is its clock: it stands still with it. */
  protected abstract application(time: VirtualProcessClock): StormApplication;

  /** More that may happen, beside what happens to any worker. */
  protected strikeMore(): void {}

  async run(): Promise<void> {
    for (let i = 0; i < 3; i++) this.start();
    while (this.clock.monotonicMs() < STORM_MS) {
      await this.clock.advance(500 + this.random.integer(3_000));
      this.strike();
    }
    this.calm = true;
    this.stream.answerNormally();
    for (const shardId of this.open()) this.putOne(shardId); // what was only collected until now is committed with it
    for (const { time } of this.processes) time.resume();
    this.start();
    await this.clock.advance(180_000);
  }

  /** Something happens. */
  private strike(): void {
    this.fill();
    const one = this.random.shuffle(this.processes.filter(({ out }) => !out))[0];
    if (one === undefined) return this.start();
    switch (this.random.integer(9)) {
      case 0: // SIGKILL: nothing of it runs again, until the calm shows it what became of its leases
        this.pause(one);
        return this.start();
      case 1: // SIGSTOP
        this.pause(one);
        return void this.clock.sleep(5_000 + this.random.integer(30_000)).then(() => this.resume(one));
      case 2: // a deploy
        one.out = true;
        one.application.onStop?.();
        void one.worker.stop({ drainToTipMs: this.random.integer(5_000) });
        return this.start();
      case 3:
        return this.reshard();
      case 4:
        return this.stream.answerNext('getRecords', { kind: 'expired' });
      case 5:
        return this.stream.answerNext('getRecords', { kind: 'throttled' }, 3);
      case 6:
        return this.stream.answerNext('openIterator', { kind: 'unavailable', cause: new Error('down') }, 2);
      case 7:
        return this.strikeMore();
    }
  }

  private pause(one: Process): void {
    one.out = true;
    one.time.pause();
  }

  private resume(one: Process): void {
    one.out = false;
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
    this.stream.put(shardId, this.nextRecord(shardId));
  }

  private reshard(): void {
    const [first, second] = this.random.shuffle(this.open()) as [string, string | undefined];
    if (this.stream.shardIds.length > SHARDS_MAX) return;
    if (this.random.next() < 0.6) this.stream.split(first);
    else if (second !== undefined && this.stream.areAdjacent(first, second)) this.stream.merge(first, second);
  }

  private tableFault(): Fault | undefined {
    const chance = this.calm ? 1 : this.random.next();
    if (chance < 0.05) return 'throttle';
    if (chance < 0.1) return 'lose';
    if (chance < 0.12) return { before: this.clock.sleep(this.random.integer(20_000)) }; // arrives after a take-over
    if (chance < 0.15) return { before: this.clock.sleep(this.random.integer(4_000)) };
    if (chance < 0.2) return { after: this.clock.sleep(this.random.integer(4_000)) };
    return undefined;
  }

  private start(): void {
    const time = this.clock.process({ monotonicMs: this.random.integer(1e9), wallMs: this.random.integer(7_200_000) });
    const application = this.application(time);
    const worker = createWorkerOn({
      ...{ clock: time, table: this.table, stream: this.stream, shards: this.stream, streamName: 'raw' },
      ...{ metrics: createMetrics(), log: silentLogger, random: seededRandom(this.random.integer(2 ** 31)) },
      settings: { ...defaultsOf(kinesisClientFields), fetchRecordsMax: 7 },
      initialPosition: 'TRIM_HORIZON',
      processorFactory: application.processorFactory,
      onFatal: (error) => this.fatal.push(error),
    });
    this.processes.push({ worker, time, application, out: false });
    worker.start().catch((error: unknown) => this.fatal.push(error));
  }
}
