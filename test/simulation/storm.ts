/**
 * A world in which everything goes wrong for a while, and then nothing (strikes.ts, weather.ts). What is put into the stream
 * and what becomes of it, its user says. Everything that happens is in the chronicle.
 */
import { kinesisClientFields } from '../../kinesis-client/config';
import type { InitialPosition } from '../../kinesis-client/leases/plan-shard-sync';
import type { KinesisClientSettings } from '../../kinesis-client/worker';
import { messageOf } from '../../runtime/errors';
import { seededRandom, type Random } from '../../runtime/random';
import { VirtualClock } from '../../runtime/virtual-clock';
import { defaultsOf } from '../default-settings';
import { FakeStream } from '../fake-stream';
import { Chronicle, type ChronicleOptions } from './chronicle';
import type { Violation } from './events';
import type { FactsOptions } from './facts';
import { Fleet, type FleetOptions } from './fleet';
import { ReadLimits } from './read-limits';
import { SimulatedTable } from './simulated-table';
import { Stranger } from './stranger';
import { StreamFeed, type NextRecord } from './stream-feed';
import { Strikes } from './strikes';
import { unfinished } from './unfinished';
import { CALM, drawWeather, type Weather } from './weather';

export interface StormOptions extends ChronicleOptions {
  readonly seed: number;
  /** Everything is measured by it: how long processes stand still, how fast things happen. */
  readonly leaseDurationMs: number;
  /** In lease durations. */
  readonly stormDurations: number;
  /** In lease durations: how long all may take to become as it should be. */
  readonly calmDurations: number;
  readonly application: FleetOptions['application'];
  readonly startOf: FleetOptions['startOf'];
  readonly nextRecord: NextRecord;
  readonly initialPosition?: InitialPosition;
  /** There is a sink beside that must have everything before it is prepared. */
  readonly acknowledges?: boolean;
  readonly settings?: Partial<KinesisClientSettings>;
}

const SHARDS = 2;
const PROCESSES = 3;
/** In lease durations. */
const HAND_OFF_TIMEOUT = 1.5;
/** What the table may take in a lease duration; beyond it writes are refused. */
const WRITE_UNITS_PER_DURATION = 45;

export class Storm {
  readonly clock = new VirtualClock();
  readonly chronicle: Chronicle;
  private readonly random: Random;
  private readonly stream = new FakeStream(this.clock, SHARDS);
  private readonly table: SimulatedTable;
  private readonly feed: StreamFeed;
  private readonly fleet: Fleet;
  private readonly strikes: Strikes;
  private weather: Weather;

  constructor(private readonly options: StormOptions) {
    const { clock, stream } = this;
    const limits = new ReadLimits();
    const { seed, leaseDurationMs, application, startOf, nextRecord, initialPosition = 'TRIM_HORIZON' } = options;
    const random = (this.random = seededRandom(seed));
    this.weather = drawWeather(random);
    const chronicle = (this.chronicle = new Chronicle(factsOptions(options), () => clock.monotonicMs(), options));
    const table = (this.table = new SimulatedTable(clock, WRITE_UNITS_PER_DURATION / (leaseDurationMs / 1_000)));
    const feed = (this.feed = new StreamFeed(stream, nextRecord, chronicle, clock, random));
    const fleet = (this.fleet = new Fleet({
      ...{ clock, random, chronicle, stream, table, limits, weather: () => this.weather },
      ...{ application, startOf, initialPosition, settings: settingsOf(options) },
    }));
    const stranger = new Stranger(table, chronicle, clock, random, leaseDurationMs);
    this.strikes = new Strikes({
      ...{ clock, random, chronicle, stream, limits, feed, fleet, stranger, leaseDurationMs, initialPosition },
      changeWeather: () => (this.weather = drawWeather(random)),
    });
  }

  get isCalm(): boolean {
    return this.weather === CALM;
  }

  /** Runs to its end, or to the first violation. */
  async run(): Promise<void> {
    try {
      await this.storm();
      await this.calm();
    } catch (error) {
      this.chronicle.note({ kind: 'failed', what: 'time', message: messageOf(error) });
    }
  }

  /** What is not as it should be in a fleet that has had its calm. */
  unfinished(): Violation[] {
    return unfinished(this.chronicle.facts, this.clock.monotonicMs());
  }

  private async storm(): Promise<void> {
    const { leaseDurationMs, stormDurations } = this.options;
    for (let i = 0; i < PROCESSES; i++) this.fleet.start();
    while (this.clock.monotonicMs() < stormDurations * leaseDurationMs && this.goesOn()) {
      await this.clock.advance(leaseDurationMs * (0.05 + 1.5 * this.random.next()));
      this.feed.fill();
      this.strikes.strike();
    }
  }

  /** Ends as soon as nothing is unfinished. */
  private async calm(): Promise<void> {
    const { leaseDurationMs, calmDurations } = this.options;
    this.weather = CALM;
    this.table.beGenerous();
    this.stream.answerNormally();
    while (this.fleet.running.length < 2) this.fleet.start();
    for (let round = 0; round < calmDurations && this.goesOn(); round++) {
      if (round < 3)
        this.feed.drip(); // so that every open shard gets to its first checkpoint
      else if (this.unfinished().length === 0) return;
      await this.clock.advance(leaseDurationMs);
    }
  }

  private goesOn(): boolean {
    return this.chronicle.violation === null;
  }
}

const factsOptions = ({ leaseDurationMs, initialPosition, acknowledges, settings }: StormOptions): FactsOptions => ({
  leaseDurationMs,
  handOffTimeoutMs: HAND_OFF_TIMEOUT * leaseDurationMs,
  readsFromBeginning: initialPosition === undefined || initialPosition === 'TRIM_HORIZON',
  releasesStuck: settings?.callbackSlowAction === 'release',
  acknowledges,
  ...(typeof initialPosition === 'object' ? { initialTimestampMs: initialPosition.atTimestampMs } : {}),
});

const settingsOf = ({ leaseDurationMs, settings }: StormOptions): KinesisClientSettings => ({
  ...defaultsOf(kinesisClientFields),
  aggregateFilter: 'off', // producers of this world take no care of shards
  fetchRecordsMax: 7,
  leaseDurationMs,
  lookIntervalMs: leaseDurationMs / 10,
  parentPollMs: leaseDurationMs / 10,
  handOffPollMs: leaseDurationMs / 10,
  fetchIdleMs: leaseDurationMs / 5,
  auditIntervalMs: 1.5 * leaseDurationMs,
  handOffTimeoutMs: HAND_OFF_TIMEOUT * leaseDurationMs,
  leaseCleanupIntervalMs: 3 * leaseDurationMs,
  ...settings,
});
