/**
 * One stream, one lease table and one virtual time for tests of shard consumers. What processors hear and what is
 * written to the table goes into one list, `effects`, in the order in which it happened: the list is the assertion.
 */
import { fetchFields } from '../kinesis-client/shards/config';
import { holdLease, type KeptLease } from '../kinesis-client/leases/held-lease';
import type { Lease } from '../kinesis-client/leases/lease';
import { taking } from '../kinesis-client/leases/lease-writes';
import type { InitialPosition } from '../kinesis-client/leases/plan-shard-sync';
import { ByteBudget } from '../kinesis-client/shards/byte-budget';
import type { Checkpointer } from '../kinesis-client/shards/checkpointer';
import type {
  CheckpointerInput,
  InitializeInput,
  ProcessRecordsInput,
  RecordProcessor,
  RecordProcessorV2,
} from '../kinesis-client/shards/record-processor';
import { KnownStream } from '../kinesis-client/shards/known-stream';
import { ShardConsumer, type ShardConsumerDeps } from '../kinesis-client/shards/shard-consumer';
import type { StreamDescription } from '../kinesis-client/shards/stream';
import { createShardsTelemetry } from '../kinesis-client/shards/telemetry';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { seededRandom } from '../runtime/random';
import { defaultsOf } from './default-settings';
import { VirtualClock } from '../runtime/virtual-clock';
import { FakeStream } from './fake-stream';
import { InMemoryLeaseTable } from '../kinesis-client/leases/in-memory-lease-table';

/** `shardId-000000000003` -> `s3`. */
export const short = (text: string): string => text.replace(/shardId-0*(\d+)/g, (_all, digits: string) => `s${digits}`);

const textOf = (bytes: Buffer): string => (bytes.length > 1_000 ? `(${bytes.length} bytes)` : bytes.toString());

/** What a test lets a processor do beside noting what it hears. */
export interface Behaviour {
  pending?: boolean | 'ignore';
  initialize?(input: InitializeInput): unknown;
  processRecords?(input: ProcessRecordsInput): unknown;
  shardEnded?(input: CheckpointerInput): unknown;
  shutdownRequested?(input: CheckpointerInput): unknown;
  leaseLost?(): unknown;
}

export interface ConsumerUnderTest {
  readonly consumer: ShardConsumer;
  readonly held: KeptLease;
  /** Resolves with undefined, or with what `run` rejected with. */
  readonly over: Promise<unknown>;
  /** Of the latest life of a processor. */
  checkpointer(): Checkpointer;
}

export class ShardWorld {
  readonly clock = new VirtualClock();
  readonly table = new InMemoryLeaseTable();
  readonly metrics = createMetrics();
  /** What would have ended the process. */
  readonly fatal: unknown[] = [];
  readonly stream: FakeStream;
  /** Shared by all consumers, as in a worker. */
  readonly memory = new ByteBudget(64 * 1024 * 1024);
  private readonly telemetry = createShardsTelemetry(this.metrics, silentLogger);
  /** The stream as the worker of these consumers found it. */
  private readonly known: KnownStream;

  constructor(shardCount = 1, options: { readonly ageMs?: number } = {}) {
    this.stream = new FakeStream(this.clock, shardCount);
    if (options.ageMs !== undefined) this.stream.recreate(this.clock.wallMs() - options.ageMs);
    this.known = new KnownStream(this.stream.description as StreamDescription, this);
    for (const shardId of this.stream.shardIds) this.putLease(shardId);
  }

  /** Processors and table write into the same list; renewals are left out. */
  get effects(): string[] {
    return this.table.applied.filter((effect) => !effect.startsWith('renew')).map(short);
  }

  note(effect: string): void {
    this.table.applied.push(effect);
  }

  putLease(shardId: string, more: Partial<Lease> = {}): void {
    this.table.put({
      leaseKey: shardId,
      leaseCounter: 0n,
      ownerSwitchesSinceCheckpoint: 0n,
      checkpoint: { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 },
      parentShardIds: [],
      childShardIds: [],
      ...more,
    });
  }

  /** Where the row stands: `1003`, `SHARD_END`, `1003 (1005 pending)`. */
  at(shardId: string): string {
    const lease = this.table.lease(shardId);
    const pending = lease?.pending === undefined ? '' : ` (${lease.pending.checkpoint.sequenceNumber} pending)`;
    return `${lease?.checkpoint.sequenceNumber}${pending}`;
  }

  /** A processor that notes all that it hears, as `name: what`, and does what the test says on top. */
  processor(name: string, behaviour: Behaviour = {}): RecordProcessorV2 {
    return {
      pending: behaviour.pending ?? false,
      initialize: async (input) => {
        const pending =
          input.pending === undefined ? '' : `, pending ${input.pending.sequenceNumber} ${input.pending.state}`;
        this.note(`${name}: initialize at ${input.sequenceNumber}${pending}`);
        await behaviour.initialize?.(input);
      },
      processRecords: async (input) => {
        this.note(`${name}: records ${input.records.map(({ bytes }) => textOf(bytes)).join(' ')}`);
        await behaviour.processRecords?.(input);
      },
      leaseLost: async () => {
        this.note(`${name}: leaseLost`);
        await behaviour.leaseLost?.();
      },
      shardEnded: async (input) => {
        this.note(`${name}: shardEnded`);
        await (behaviour.shardEnded ?? (({ checkpointer }) => checkpointer.checkpoint()))(input);
      },
      shutdownRequested: async (input) => {
        this.note(`${name}: shutdownRequested`);
        await behaviour.shutdownRequested?.(input);
      },
    };
  }

  /** Takes the lease as `owner` and runs a consumer on it. */
  async consume(
    shardId: string,
    behaviour: Behaviour = {},
    options: {
      owner?: string;
      initialPosition?: InitialPosition;
      settings?: Partial<ShardConsumerDeps['settings']>;
      seed?: number;
    } = {},
  ): Promise<ConsumerUnderTest> {
    const { owner = 'me', initialPosition = 'TRIM_HORIZON', settings = {}, seed = 1 } = options;
    const { table, stream, memory, clock, telemetry } = this;
    const random = seededRandom(seed);
    const take = taking(table.lease(shardId) as Lease, owner, clock.wallMs());
    await table.write(take);
    const held = holdLease(take.after, clock.monotonicMs(), {
      ...{ table, clock, random },
      leaseDurationMs: 1e12,
      retryMaxMs: 100,
      onRetry: () => undefined,
    });
    const name = `${owner} ${short(shardId)}`;
    let checkpointer: Checkpointer | undefined;
    const processorFactory = (): RecordProcessor =>
      this.processor(name, {
        ...behaviour,
        initialize: (input) => {
          checkpointer = input.checkpointer;
          return behaviour.initialize?.(input);
        },
      });
    const consumer = new ShardConsumer(held, {
      ...{ table, stream, memory, shards: stream, clock, random, telemetry, processorFactory, initialPosition },
      known: this.known,
      settings: { ...defaultsOf(fetchFields), failurePolicy: 'retry', ...settings },
      onFatal: (error) => this.fatal.push(error),
    });
    const over = consumer.run().catch((error: unknown) => error);
    return { consumer, held, over, checkpointer: () => checkpointer as Checkpointer };
  }

  async metric(name: string): Promise<number> {
    const text = await this.metrics.registry.metrics();
    return text
      .split('\n')
      .filter((line) => line.startsWith(name))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }
}
