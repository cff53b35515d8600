import { aLease, aShard, at, evenShards } from '../../test/lease-builders';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom } from '../../runtime/random';
import { VirtualClock } from '../../runtime/virtual-clock';
import { InMemoryLeaseTable } from './in-memory-lease-table';
import type { Lease } from './lease';
import { LeaseUpkeep } from './lease-upkeep';
import type { InitialPosition, Shard } from './plan-shard-sync';
import type { ShardFilter } from './shard-lister';
import { createLeaseTelemetry } from './telemetry';

const never = new AbortController().signal;

/** `lists`: what the stream lists, one answer after the other, the last one for ever. */
function upkeepOf(
  leases: readonly Lease[],
  lists: readonly (readonly Shard[])[],
  initialPosition: InitialPosition = 'LATEST',
) {
  const clock = new VirtualClock();
  const table = new InMemoryLeaseTable(leases);
  const asked: (ShardFilter | undefined)[] = [];
  const gaps: number[] = [];
  const telemetry = createLeaseTelemetry(createMetrics(), silentLogger);
  const upkeep = new LeaseUpkeep({
    ...{ table, clock, initialPosition, random: seededRandom(1), emptyTableWaitMaxMs: 0 },
    leaseCleanupIntervalMs: 60_000,
    telemetry: { ...telemetry, gapFound: (_start, rounds) => gaps.push(rounds) },
    shards: {
      listShards: async (filter) => {
        asked.push(filter);
        return lists[Math.min(asked.length, lists.length) - 1] as readonly Shard[];
      },
    },
  });
  return { clock, table, asked, gaps, upkeep };
}

describe('the first leases', () => {
  it.each<[string, InitialPosition, ShardFilter]>([
    ['#32 at LATEST', 'LATEST', 'AT_LATEST'],
    ['#33 at TRIM_HORIZON', 'TRIM_HORIZON', 'AT_TRIM_HORIZON'],
    ['#34 at a time', { atTimestampMs: 7 }, { atTimestampMs: 7 }],
  ])('%s are those of the shards that stand there, over the whole hash range', async (_what, position, filter) => {
    const { upkeep, asked, table } = upkeepOf([], [evenShards(3)], position);
    await upkeep.begin(true, never);
    expect(asked).toEqual([filter]);
    expect(table.leases().map(({ leaseKey }) => leaseKey)).toEqual(['shard-0', 'shard-1', 'shard-2']);
  });
});

describe('a worker that stood still between looking and making rows', () => {
  const shards = evenShards(2);

  it.each<[string, number, number]>([
    ['makes none when others may have read, ended and cleaned up their shards meanwhile', 60_000, 0],
    ['makes them when it was not long', 59_999, 2],
  ])('%s', async (_what, stoodStillMs, rows) => {
    for (const make of ['begin', 'sync'] as const) {
      const { upkeep, clock, table } = upkeepOf([], [shards]);
      table.fault = ({ operation }) => (operation === 'scan' ? { after: clock.sleep(stoodStillMs) } : undefined);
      const made = (make === 'begin' ? upkeep.begin(true, never) : upkeep.sync()).catch((error: unknown) => error);
      await clock.advance(stoodStillMs);
      expect(await made).toEqual(rows > 0 ? undefined : expect.objectContaining({ code: 'FLOTILLA_UNAVAILABLE' }));
      expect(table.leases()).toHaveLength(rows);
    }
  });
});

describe('the leases of an earlier stream', () => {
  const ended = aLease('shard-0', { checkpoint: at('SHARD_END') });
  const [closed, open] = [aShard('shard-0', { isClosed: true }), aShard('shard-0')];

  it('#46 are refused when three lists contradict them', async () => {
    const { upkeep, clock, asked } = upkeepOf([ended], [[open]]);
    const begun = upkeep.begin(false, never);
    const refused = expect(begun).rejects.toMatchObject({ code: 'FLOTILLA_EARLIER_STREAM' });
    await clock.advance(2_000);
    await refused;
    expect(asked).toEqual([undefined, undefined, undefined]);
  });

  it('are not seen in a list that was made in the middle of a reshard', async () => {
    const { upkeep, clock, asked } = upkeepOf([ended], [[open], [closed]]);
    const begun = upkeep.begin(false, never);
    await clock.advance(2_000);
    await begun;
    expect(asked).toHaveLength(2);
  });
});

describe('an audit', () => {
  const [low, high] = evenShards(2) as [Shard, Shard];
  const covered = [low, high].map(({ shardId, hashRange }) => aLease(shardId, { hashRange, leaseCounter: 7n }));

  it('asks nobody while the leases cover the hash range', async () => {
    const { upkeep, asked, table } = upkeepOf(covered, [[low, high]]);
    await upkeep.audit(covered, never);
    expect([asked, table.calls]).toEqual([[], []]);
  });

  it('fills in the hash ranges that rows of old Java clients lack, and changes nothing else in them', async () => {
    const old = { ...aLease(low.shardId, { leaseCounter: 7n, leaseOwner: 'java', checkpoint: at(5) }) };
    const { upkeep, asked, gaps, table } = upkeepOf([old, covered[1] as Lease], [[low, high]]);
    await upkeep.audit(table.leases(), never);
    expect(table.lease(low.shardId)).toEqual({ ...old, hashRange: low.hashRange });
    expect(table.lease(high.shardId)).toEqual(covered[1]);
    expect(gaps).toEqual([]);
    await upkeep.audit(table.leases(), never);
    expect(asked).toHaveLength(1);
  });

  it('makes no row anew that is gone meanwhile, and leaves alone one whose shard has left the stream', async () => {
    const [gone, forgotten] = [aLease(low.shardId), aLease('shard-9')];
    const { upkeep, table } = upkeepOf([...covered.slice(1), forgotten], [[low, high]]);
    await upkeep.audit([gone, forgotten, ...covered.slice(1)], never);
    expect(table.leases()).toEqual([covered[1], forgotten]);
  });

  it('#43 believes a gap that it found three times in a row, and forgets one that closed or moved', async () => {
    const { upkeep, asked, gaps, table } = upkeepOf(covered.slice(1), [[low, high]]);
    const without = (shard: Shard): Lease[] => covered.filter(({ leaseKey }) => leaseKey !== shard.shardId);
    for (const seen of [without(low), without(low), covered, without(low), without(high), without(low), without(low)])
      await upkeep.audit(seen, never);
    expect([gaps, asked.length]).toEqual([[1, 2, 1, 1, 1, 2], 0]);
    await upkeep.audit(without(low), never);
    expect(table.lease(low.shardId)).toMatchObject({ checkpoint: at('LATEST') });
  });
});

describe('the clean-up', () => {
  const ended = aLease('shard-0', { checkpoint: at('SHARD_END'), hashRange: aShard('shard-0').hashRange });
  const mine = new Map([['shard-0', true]]);

  it('asks the stream each 30th time for ended shards that it has forgotten, and deletes their rows', async () => {
    const { upkeep, asked, table } = upkeepOf([ended], [[aShard('shard-9')]]);
    const deleted: string[] = [];
    for (let round = 1; round < 30; round++) await upkeep.cleanUp([ended], mine, (key) => deleted.push(key));
    expect([asked, deleted]).toEqual([[], []]);
    await upkeep.cleanUp([ended], mine, (key) => deleted.push(key));
    expect([asked.length, deleted, table.leases()]).toEqual([1, ['shard-0'], []]);
  });

  it('keeps them all when the stream lists nothing: it is gone', async () => {
    const { upkeep, table } = upkeepOf([ended], [[]]);
    for (let round = 1; round <= 30; round++) await upkeep.cleanUp([ended], mine, () => undefined);
    expect(table.leases()).toEqual([ended]);
  });
});
