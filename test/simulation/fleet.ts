/**
 * The processes of a simulated fleet, each a real worker with its own clock, its own way to the table and to the stream, and
 * its own processors; and what may happen to a process.
 */
import { createDynamoDBLeaseTable } from '../../kinesis-client/leases/dynamodb-lease-table';
import type { InitialPosition } from '../../kinesis-client/leases/plan-shard-sync';
import type { RecordProcessor, RecordProcessorV2 } from '../../kinesis-client/shards/record-processor';
import { createWorkerOn, type KinesisClientSettings, type Worker } from '../../kinesis-client/worker';
import { isRetryable } from '../../runtime/errors';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom, type Random } from '../../runtime/random';
import type { VirtualClock, VirtualProcessClock } from '../../runtime/virtual-clock';
import type { FakeStream } from '../fake-stream';
import type { Chronicle } from './chronicle';
import type { Connection, FencedWrite } from './connection';
import { dynamodbOverNetwork } from './dynamodb-over-network';
import { observedProcessor, type ObservedProcessorOptions } from './observed-processor';
import type { ReadLimits } from './read-limits';
import { TABLE_NAME, type SimulatedTable } from './simulated-table';
import { StreamOverNetwork } from './stream-over-network';
import type { Weather } from './weather';

/** What a process does with records. */
export interface Application {
  processor(shardId: string): RecordProcessorV2;
  /** Told when the process is told to stop, before its worker is. */
  onStop?(): void;
}

export interface FleetOptions {
  readonly clock: VirtualClock;
  readonly stream: FakeStream;
  readonly limits: ReadLimits;
  readonly table: SimulatedTable;
  readonly chronicle: Chronicle;
  readonly random: Random;
  readonly weather: () => Weather;
  readonly settings: KinesisClientSettings;
  readonly initialPosition: InitialPosition;
  /** `connection` is that of the process; it lives as long as it. */
  readonly application: (connection: Connection, onFatal: (error: unknown) => void) => Application;
  readonly startOf: ObservedProcessorOptions['startOf'];
}

export interface FleetProcess {
  readonly name: string;
  readonly time: VirtualProcessClock;
  state: 'running' | 'paused' | 'killed' | 'stopping' | 'stopped';
}

interface Running extends FleetProcess {
  readonly worker: Worker;
  readonly application: Application;
  cutUntilMs: number;
  /** What it was before it was paused. */
  resumesAs: FleetProcess['state'];
  /** What happens to it as it sends the next write of this kind. */
  ambush: { readonly at: FencedWrite; readonly strike: () => void } | null;
}

/** A process that was told to stop and does not end is killed by its supervisor. */
const KILL_AFTER_MS = 60_000;

export class Fleet {
  private readonly all: Running[] = [];
  private lives = 0;

  constructor(private readonly options: FleetOptions) {}

  /** Those that run and were not told to stop. */
  get running(): readonly FleetProcess[] {
    return this.all.filter(({ state }) => state === 'running');
  }

  start(): FleetProcess {
    const { clock, random, chronicle, settings, initialPosition } = this.options;
    const name = `p${this.all.length}`;
    // Machines disagree about what time it is, also by hours; at LATEST a start in the future would pass records over.
    const wallMs = (initialPosition === 'TRIM_HORIZON' ? 3_600_000 : 0) - random.integer(7_200_000);
    const time = clock.process({ monotonicMs: random.integer(1e9), wallMs });
    const onFatal = (error: unknown): void =>
      chronicle.note({ kind: 'failed', what: 'fatal', process: name, message: String(error) });
    const connection: Connection = {
      ...{ process: name, time, world: clock, chronicle, weather: this.options.weather },
      leaseDurationMs: settings.leaseDurationMs,
      random: this.newRandom(),
      isCut: () => process.cutUntilMs > clock.monotonicMs(),
      strikesAt: (write) => this.springAmbush(process, write),
    };
    const application = this.options.application(connection, onFatal);
    const table = createDynamoDBLeaseTable({
      ...{
        dynamodb: dynamodbOverNetwork(this.options.table, connection),
        tableName: TABLE_NAME,
        settings,
        clock: time,
      },
    });
    const stream = new StreamOverNetwork(this.options.stream, this.options.limits, connection);
    const worker = createWorkerOn({
      ...{ clock: time, table, stream, shards: stream, streamName: 'raw', workerName: name },
      ...{ metrics: createMetrics(), log: silentLogger, random: this.newRandom() },
      ...{ settings, initialPosition, onFatal },
      processorFactory: (shardId) => this.processor(name, shardId, application),
    });
    const process: Running = {
      name,
      time,
      worker,
      application,
      state: 'running',
      cutUntilMs: -Infinity,
      resumesAs: 'running',
      ambush: null,
    };
    this.all.push(process);
    chronicle.note({ kind: 'process', process: name, became: 'running' });
    worker.start().catch((error: unknown) => {
      if (!isRetryable(error)) return onFatal(error);
      // It gave up to start; its supervisor tries again.
      chronicle.count('start given up');
      this.kill(process);
      this.start();
    });
    return process;
  }

  /** SIGKILL: nothing of it runs again. What it sent is still on its way. */
  kill(process: FleetProcess): void {
    process.time.pause();
    this.become(process, 'killed');
  }

  /** SIGSTOP, or a blocked event loop. */
  pause(process: FleetProcess): void {
    (process as Running).resumesAs = process.state;
    process.time.pause();
    this.become(process, 'paused');
  }

  resume(process: FleetProcess): void {
    if (process.state !== 'paused') return;
    this.become(process, (process as Running).resumesAs);
    process.time.resume();
  }

  /** SIGTERM. Ends when the process has ended. */
  async stop(process: FleetProcess, drainToTipMs: number): Promise<void> {
    const { worker, application, time } = process as Running;
    this.become(process, 'stopping');
    application.onStop?.();
    await Promise.race([worker.stop({ drainToTipMs }), this.options.clock.sleep(KILL_AFTER_MS)]);
    if (process.state === 'killed') return;
    time.pause();
    this.become(process, 'stopped');
  }

  /** Nothing of this process gets through to DynamoDB or Kinesis for a while. */
  cut(process: FleetProcess, ms: number): void {
    (process as Running).cutUntilMs = this.options.clock.monotonicMs() + ms;
  }

  /** `strike` comes at the moment at which the process sends its next write of this kind, if it is still running then. */
  layAmbush(process: FleetProcess, at: FencedWrite, strike: () => void): void {
    (process as Running).ambush = { at, strike };
  }

  private springAmbush(process: Running, write: FencedWrite): boolean {
    const { ambush } = process;
    const isRunning = process.state === 'running' || process.state === 'stopping';
    if (ambush === null || ambush.at !== write || !isRunning) return false;
    process.ambush = null;
    ambush.strike();
    return true;
  }

  private become(process: FleetProcess, state: FleetProcess['state']): void {
    process.state = state;
    this.options.chronicle.note({ kind: 'process', process: process.name, became: state });
  }

  private processor(process: string, shardId: string, application: Application): RecordProcessor {
    const { chronicle, startOf } = this.options;
    return observedProcessor(application.processor(shardId), {
      chronicle,
      process,
      shardId,
      startOf,
      life: this.lives++,
    });
  }

  private newRandom(): Random {
    return seededRandom(this.options.random.integer(2 ** 31));
  }
}
