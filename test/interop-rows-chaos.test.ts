/** Java workers and ours on one table, in a storm of kills, stops, freezes, splits, merges and failing calls. */
import { seededRandom, type Random } from '../runtime/random';
import { InteropFleet, type Member } from './interop-rows-fleet';
import { passedOver, unfenced, unreadableBy2 } from './interop-rows-checks';

type Join = (fleet: InteropFleet, name: string) => Member;

const ours: Join = (fleet, name) => fleet.ours(name, { batchMs: 300, checkpointIntervalMs: 2_000, twoPhase: true });
const java = { habits: { batchMs: 300, checkpointIntervalMs: 2_000, shutdownMs: 500 } };
const java2: Join = (fleet, name) => fleet.java2(name, java);
const java35Phase1: Join = (fleet, name) => fleet.java3(name, { version: '3.5', mode: 'PHASE1' }, java);
const java34Compatible: Join = (fleet, name) => fleet.java3(name, { version: '3.4', mode: 'COMPATIBLE' }, java);

/** One storm: the fleet, and what was put into each shard. */
class Storm {
  readonly fleet: InteropFleet;
  readonly records = new Map<string, string[]>();
  private readonly random: Random;
  private readonly members: Member[] = [];
  private joined = 0;
  private isCalm = false;

  constructor(
    private readonly kinds: readonly Join[],
    seed: number,
  ) {
    this.random = seededRandom(seed);
    this.fleet = new InteropFleet({ shards: 4, seed });
    this.fleet.dynamodb.fault = () => this.fault();
    for (const kind of kinds) this.join(kind);
  }

  async blow(minutes: number): Promise<void> {
    const { clock } = this.fleet;
    const endMs = clock.monotonicMs() + minutes * 60_000;
    while (clock.monotonicMs() < endMs) {
      this.put();
      if (this.random.next() < 0.15) this.act();
      await clock.advance(500 + this.random.integer(4_000));
    }
  }

  /** No more trouble, until all is worked off. */
  async calm(): Promise<void> {
    this.isCalm = true;
    for (const kind of this.kinds) this.join(kind);
    for (const { clock } of this.members) if (!this.dead.has(clock)) clock.resume();
    await this.fleet.until('all is worked off', () => this.unread().length === 0, 600_000, 2_000);
  }

  unread(): readonly string[] {
    const done = new Set(this.fleet.processed.map(({ shardId, sequenceNumber }) => `${shardId} ${sequenceNumber}`));
    const all = [...this.records].flatMap(([shardId, records]) => records.map((one) => `${shardId} ${one}`));
    return all.filter((record) => !done.has(record));
  }

  private readonly dead = new Set<unknown>();

  private join(kind: Join): void {
    this.members.push(kind(this.fleet, `w${this.joined++}`));
  }

  private put(): void {
    const { stream } = this.fleet;
    for (const shardId of stream.shardIds.filter((id) => stream.isOpen(id))) {
      if (this.random.next() < 0.5) continue;
      const sequenceNumber = stream.put(shardId, 'x');
      this.records.set(shardId, [...(this.records.get(shardId) ?? []), sequenceNumber]);
    }
  }

  private act(): void {
    const at = this.random.integer(this.members.length);
    const member = this.members[at] as Member;
    const kind = this.kinds[at % this.kinds.length] as Join;
    const dice = this.random.next();
    if (dice < 0.3) return this.replace(at, member, kind, () => member.kill());
    if (dice < 0.5) return this.replace(at, member, kind, () => void member.stop());
    if (dice < 0.8) return void member.clock.freeze(1_000 + this.random.integer(25_000));
    if (dice < 0.9) return this.split();
    this.merge();
  }

  /** Whoever goes is replaced by another of its kind some time later. */
  private replace(at: number, member: Member, kind: Join, end: () => void): void {
    if (this.dead.has(member.clock)) return;
    this.dead.add(member.clock);
    end();
    const name = `w${this.joined++}`;
    void this.fleet.clock.sleep(this.random.integer(30_000)).then(() => {
      this.members[at] = kind(this.fleet, name);
    });
  }

  private split(): void {
    const { stream } = this.fleet;
    const [shardId] = this.random.shuffle(stream.shardIds.filter((id) => stream.isOpen(id)));
    if (shardId !== undefined && stream.shardIds.filter((id) => stream.isOpen(id)).length < 8) stream.split(shardId);
  }

  private merge(): void {
    const { stream } = this.fleet;
    const open = stream.shardIds.filter((id) => stream.isOpen(id));
    const pairs = open.flatMap((low) => open.filter((high) => stream.areAdjacent(low, high)).map((high) => [low, high] as const)); // prettier-ignore
    const [pair] = this.random.shuffle(pairs);
    if (pair !== undefined && open.length > 2) stream.merge(...pair);
  }

  private fault() {
    const { clock } = this.fleet;
    const dice = this.isCalm ? 1 : this.random.next();
    if (dice < 0.02) return 'throttle' as const;
    if (dice < 0.03) return 'lose' as const;
    if (dice < 0.05) return { before: clock.sleep(this.random.integer(5_000)) };
    if (dice < 0.07) return { after: clock.sleep(this.random.integer(5_000)) };
    return dice < 0.5 ? { before: clock.sleep(5), after: clock.sleep(5) } : undefined;
  }
}

const seeds = [1, 2, 3];

describe.each<[string, readonly Join[]]>([
  ['2.7, 3.5 in PHASE1 and ours', [java2, java35Phase1, ours]],
  ['2.7, 3.4 in COMPATIBLE and ours', [java2, java34Compatible, ours]],
  ['all of them', [java2, java35Phase1, java34Compatible, ours, ours]],
])('a fleet of %s', (_what, kinds) => {
  it.each(seeds)(
    '#31 keeps the checkpoints of each shard in order and in one hand, and reads all (seed %i)',
    async (seed) => {
      const storm = new Storm(kinds, seed);
      await storm.blow(8);
      await storm.calm();
      const { fleet, records } = storm;
      expect(fleet.fatal).toEqual([]);
      expect(unfenced(fleet.dynamodb.changes)).toEqual([]);
      expect(passedOver(fleet, records)).toEqual([]);
      expect(unreadableBy2(fleet.dynamodb.changes)).toEqual([]);
      const kindsAtWork = new Set(fleet.processed.map(({ by }) => by));
      expect(kindsAtWork.size).toBeGreaterThanOrEqual(kinds.length);
    },
  );
});
