/**
 * What strikes a simulated fleet, one thing at a time: processes are killed, stand still, are stopped and deployed, lose their
 * clocks and their network, also at the very moment at which they write; shards split and merge; the stream refuses; another
 * program robs the table.
 */
import type { InitialPosition } from '../../kinesis-client/leases/plan-shard-sync';
import type { Random } from '../../runtime/random';
import type { VirtualClock } from '../../runtime/virtual-clock';
import type { FakeStream } from '../fake-stream';
import type { Chronicle } from './chronicle';
import type { FencedWrite } from './connection';
import { ownerOf } from './facts';
import type { Fleet, FleetProcess } from './fleet';
import type { ReadLimits } from './read-limits';
import type { StreamFeed } from './stream-feed';
import type { Stranger } from './stranger';

export interface StrikesOptions {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly chronicle: Chronicle;
  readonly fleet: Fleet;
  readonly stream: FakeStream;
  readonly feed: StreamFeed;
  readonly limits: ReadLimits;
  readonly stranger: Stranger;
  readonly leaseDurationMs: number;
  readonly initialPosition: InitialPosition;
  readonly changeWeather: () => void;
}

const PROCESSES_MAX = 6;
/** Of the wall clock, in each direction. */
const JUMP_MAX_MS = 3_600_000;
/** In lease durations: how long a process stands still at most while it waits for others to go on. */
const OTHERS_MAX = 9;

export class Strikes {
  constructor(private readonly options: StrikesOptions) {}

  /** Something happens, to some process. */
  strike(): void {
    const { fleet, random, chronicle } = this.options;
    const kinds = Object.keys(this.kinds);
    const kind = kinds[random.integer(kinds.length)] as string;
    const [process] = random.shuffle(fleet.running);
    if (process === undefined) return void fleet.start();
    if (this.kinds[kind]?.(process) === false) return;
    chronicle.count(`strike: ${kind}`);
  }

  /** Each as often as every other; false: it cannot happen now. */
  private readonly kinds: Readonly<Record<string, (process: FleetProcess) => boolean | void>> = {
    nothing: () => undefined,
    'killed, another starts': (process) => this.replace(process),
    'killed for good': (process) => this.isLast() || this.options.fleet.kill(process),
    joins: () => {
      const { fleet } = this.options;
      if (fleet.running.length >= PROCESSES_MAX) return false;
      fleet.start();
    },
    'stopped for good': (process) => this.isLast() || this.stop(process, 0),
    deployed: (process) => {
      this.stop(process, this.durations(0.5));
      this.options.fleet.start();
    },
    'whole fleet deployed': () => {
      const { fleet, random } = this.options;
      if (random.next() < 0.7) return false;
      for (const one of fleet.running) {
        this.stop(one, this.durations(0.3));
        fleet.start();
      }
    },
    'stands still': (process) => this.pause(process, this.durations(3.5)),
    'stands still until others have gone on': (process) => {
      this.options.fleet.pause(process);
      void this.resumeWhenOthersWentOn(process);
    },
    'event loop blocked': (process) => {
      const { random, leaseDurationMs } = this.options;
      this.pause(process, random.next() < 0.5 ? 1.1 * leaseDurationMs : this.durations(0.5));
    },
    'network cut': (process) => this.options.fleet.cut(process, this.durations(3)),
    'killed as it writes': (process) => this.asItWrites(process, () => this.replace(process)),
    'stands still as it writes': (process) => this.asItWrites(process, () => this.pause(process, this.durations(3.5))),
    'cut off as it writes': (process) =>
      this.asItWrites(process, () => this.options.fleet.cut(process, this.durations(3))),
    'wall clock jumps': ({ time }) => {
      // At LATEST a start in the future would pass records over: there clocks are only late.
      const forwardMs = this.options.initialPosition === 'TRIM_HORIZON' ? JUMP_MAX_MS : 0;
      time.stepWall(forwardMs - this.options.random.integer(2 * JUMP_MAX_MS));
    },
    splits: () => this.options.feed.split(),
    merges: () => this.options.feed.merge(),
    'iterators expire': () => this.options.stream.answerNext('getRecords', { kind: 'expired' }, 3),
    'stream refuses': () => this.options.stream.answerNext('getRecords', { kind: 'throttled' }, 6),
    'another application reads': () => {
      const { clock, limits } = this.options;
      limits.crowd(clock.monotonicMs() + this.durations(3));
    },
    'robbed by a stranger': () => void this.options.stranger.rob(),
    'weather changes': () => this.options.changeWeather(),
  };

  /** Nothing more may end. Then false: the strike cannot happen; else undefined. */
  private isLast(): false | undefined {
    return this.options.fleet.running.length < 2 ? false : undefined;
  }

  private replace(process: FleetProcess): void {
    this.options.fleet.kill(process);
    this.options.fleet.start();
  }

  private stop(process: FleetProcess, drainToTipMs: number): void {
    void this.options.fleet.stop(process, drainToTipMs);
  }

  private pause(process: FleetProcess, ms: number): void {
    const { fleet, clock } = this.options;
    fleet.pause(process);
    void clock.sleep(ms).then(() => fleet.resume(process));
  }

  private asItWrites(process: FleetProcess, strike: () => void): void {
    const writes: readonly FencedWrite[] = ['progress', 'progress', 'letting go', 'holding'];
    const [at] = this.options.random.shuffle(writes);
    this.options.fleet.layAmbush(process, at as FencedWrite, strike);
  }

  /** Until somebody else has moved the checkpoint of a shard that it owned twice. */
  private async resumeWhenOthersWentOn(process: FleetProcess): Promise<void> {
    const { fleet, clock, chronicle, leaseDurationMs } = this.options;
    const { rows } = chronicle.facts;
    const owned = [...rows].filter(([, { lease }]) => ownerOf(lease) === process.name);
    const untilMs = clock.monotonicMs() + OTHERS_MAX * leaseDurationMs;
    while (clock.monotonicMs() < untilMs) {
      await clock.sleep(100);
      if (owned.some(([leaseKey, { checkpoints }]) => (rows.get(leaseKey)?.checkpoints ?? 0) >= checkpoints + 2)) {
        chronicle.count('woke after two commits of another');
        break;
      }
    }
    fleet.resume(process);
  }

  /** Up to so many lease durations, in ms. */
  private durations(most: number): number {
    return this.options.random.integer(most * this.options.leaseDurationMs);
  }
}
