import { aLease, aShard, at, evenShards } from '../../test/lease-builders';
import type { Lease } from './lease';
import {
  findGap,
  newLease,
  planFirstLeases,
  planLeaseCleanup,
  planShardSync,
  type InitialPosition,
  type Shard,
} from './plan-shard-sync';

const WALL_MS = 1_700_000_000_000;
const atTimestamp: InitialPosition = { atTimestampMs: 1_600_000_000_000 };
const keys = (leases: readonly Lease[]): string[] => leases.map(({ leaseKey }) => leaseKey);
const closed = (id: string, fields: Partial<Shard> = {}): Shard => aShard(id, { isClosed: true, ...fields });
const half = {
  low: { start: '0', end: String(2n ** 127n - 1n) },
  high: { start: String(2n ** 127n), end: String(2n ** 128n - 1n) },
};

describe('findGap', () => {
  const range = (start: bigint, end: bigint) => ({ start: String(start), end: String(end) });
  const END = 2n ** 128n - 1n;
  it.each<[string, readonly { start: string; end: string }[], string | undefined]>([
    ['one range over all', [range(0n, END)], undefined],
    ['two that meet, in any order', [range(10n, END), range(0n, 9n)], undefined],
    ['overlaps', [range(0n, 20n), range(5n, 10n), range(15n, END)], undefined],
    ['nothing', [], '0'],
    ['a hole at the start', [range(1n, END)], '0'],
    ['a hole of one key', [range(0n, 9n), range(11n, END)], '10'],
    ['a hole at the end', [range(0n, END - 1n)], String(END)],
    ['a hole behind a range inside another', [range(0n, 20n), range(3n, 4n), range(22n, END)], '21'],
  ])('%s', (_name, ranges, gap) => expect(findGap(ranges)).toBe(gap));
});

describe('the first leases of an empty table', () => {
  const split = [
    closed('shard-0'),
    aShard('shard-1', { parentShardId: 'shard-0', hashRange: half.low }),
    aShard('shard-2', { parentShardId: 'shard-0', hashRange: half.high }),
  ];

  it('#32 LATEST: the open shards, read from now on, over the whole hash range', () => {
    const leases = planFirstLeases(split, 'LATEST', WALL_MS) ?? [];
    expect(keys(leases)).toEqual(['shard-1', 'shard-2']);
    expect(leases[0]).toEqual(
      aLease('shard-1', {
        checkpoint: at('LATEST'),
        parentShardIds: ['shard-0'],
        hashRange: half.low,
        latestSinceMs: WALL_MS,
      }),
    );
  });

  it.each<[string, InitialPosition, string]>([
    ['#33 TRIM_HORIZON', 'TRIM_HORIZON', 'TRIM_HORIZON'],
    ['#34 AT_TIMESTAMP', atTimestamp, 'AT_TIMESTAMP'],
  ])('%s: the oldest generation only, also when the service lists all', (_name, position, sentinel) => {
    const leases = planFirstLeases(split, position, WALL_MS) ?? [];
    expect(leases.map(({ leaseKey, checkpoint }) => [leaseKey, checkpoint])).toEqual([['shard-0', at(sentinel)]]);
    expect(leases[0]).not.toHaveProperty('latestSinceMs');
  });

  it('is undefined while the list does not cover the hash range', () => {
    expect(planFirstLeases(evenShards(4).slice(1), 'TRIM_HORIZON', WALL_MS)).toBeUndefined();
    expect(planFirstLeases([], 'LATEST', WALL_MS)).toBeUndefined();
  });

  it('is in ascending order of starting sequence numbers', () => {
    const shards = evenShards(3).map((shard, i) => ({
      ...shard,
      startingSequenceNumber: ['30', '9', '100'][i] as string,
    }));
    expect(keys(planFirstLeases(shards, 'LATEST', WALL_MS) ?? [])).toEqual(['shard-1', 'shard-0', 'shard-2']);
  });
});

describe('planShardSync', () => {
  /** The example in Java's source: 0,1 merge to 6; 2,3 to 7; 6,7 to 8; 5 splits to 9,10. Open: 4, 8, 9, 10. */
  const merge = (id: string, a: string, b: string, isClosed: boolean) =>
    aShard(id, { parentShardId: a, adjacentParentShardId: b, isClosed });
  const example = [
    ...['shard-0', 'shard-1', 'shard-2', 'shard-3'].map((id) => closed(id)),
    aShard('shard-4'),
    closed('shard-5'),
    merge('shard-6', 'shard-0', 'shard-1', true),
    merge('shard-7', 'shard-2', 'shard-3', true),
    merge('shard-8', 'shard-6', 'shard-7', false),
    aShard('shard-9', { parentShardId: 'shard-5' }),
    aShard('shard-10', { parentShardId: 'shard-5' }),
  ];
  const rows = ['shard-4', 'shard-5', 'shard-7'].map((key) => aLease(key, { checkpoint: at(5) }));
  const created = (shards: readonly Shard[], leases: readonly Lease[], position: InitialPosition = 'TRIM_HORIZON') =>
    planShardSync(shards, leases, position, WALL_MS).create.map((one) => [one.leaseKey, one.checkpoint.sequenceNumber]);

  it.each<[string, InitialPosition, string[][]]>([
    ['LATEST', 'LATEST', [['shard-6', 'LATEST']]],
    [
      'TRIM_HORIZON',
      'TRIM_HORIZON',
      [
        ['shard-0', 'TRIM_HORIZON'],
        ['shard-1', 'TRIM_HORIZON'],
      ],
    ],
    [
      'AT_TIMESTAMP',
      atTimestamp,
      [
        ['shard-0', 'AT_TIMESTAMP'],
        ['shard-1', 'AT_TIMESTAMP'],
      ],
    ],
  ])('#35 makes what Java makes in its own example, at %s', (_name, position, expected) => {
    expect(created(example, rows, position)).toEqual(expected);
  });

  it('the order in which the service lists the shards does not matter', () => {
    expect(created([...example].reverse(), rows)).toEqual(created(example, rows));
  });

  it('makes nothing when every open shard has a row, or comes from one that has', () => {
    expect(created(example, [...rows, aLease('shard-6')])).toEqual([]);
  });

  it('makes a row for an open shard without ancestors, at the initial position', () => {
    expect(created([aShard('shard-0'), aShard('shard-1')], [aLease('shard-0')], 'LATEST')).toEqual([
      ['shard-1', 'LATEST'],
    ]);
  });

  it('does not mind a parent that the stream has forgotten', () => {
    expect(created([aShard('shard-7', { parentShardId: 'gone' })], [aLease('shard-0')])).toEqual([
      ['shard-7', 'TRIM_HORIZON'],
    ]);
  });

  describe('#42 the hole that Java cannot repair: the parent has ended, the row of the child is gone', () => {
    const endedRow = (key: string) => aLease(key, { checkpoint: at('SHARD_END') });
    const shards = [
      closed('shard-0'),
      aShard('shard-1', { parentShardId: 'shard-0' }),
      aShard('shard-2', { parentShardId: 'shard-0' }),
    ];

    it.each<InitialPosition>(['LATEST', 'TRIM_HORIZON'])(
      'makes it at TRIM_HORIZON, also when the application starts at %s',
      (position) => {
        expect(created(shards, [endedRow('shard-0'), aLease('shard-2')], position)).toEqual([
          ['shard-1', 'TRIM_HORIZON'],
        ]);
      },
    );

    it('not while the parent is still read: its end makes the child', () => {
      expect(created(shards, [aLease('shard-0', { checkpoint: at(5) })])).toEqual([]);
    });

    it('a child of a merge only when both parents have rows, else it would not wait for the other', () => {
      const merged = [closed('shard-0'), closed('shard-1'), merge('shard-2', 'shard-0', 'shard-1', false)];
      expect(created(merged, [endedRow('shard-0')])).toEqual([['shard-1', 'TRIM_HORIZON']]);
      expect(created(merged, [endedRow('shard-0'), aLease('shard-1')])).toEqual([['shard-2', 'TRIM_HORIZON']]);
    });
  });

  it('passes over a child whose parent is listed as open, and says so', () => {
    const torn = [aShard('shard-0'), aShard('shard-1', { parentShardId: 'shard-0' })];
    const plan = planShardSync(torn, [aLease('other')], 'TRIM_HORIZON', WALL_MS);
    expect(keys(plan.create)).toEqual(['shard-0']);
    expect(plan.childrenOfOpen).toEqual(['shard-1']);
  });

  it('walks a long ancestry once a shard', () => {
    const line = Array.from({ length: 20_000 }, (_, i) =>
      aShard(`shard-${i}`, { isClosed: i < 19_999, ...(i > 0 ? { parentShardId: `shard-${i - 1}` } : {}) }),
    );
    expect(created(line, [aLease('other')])).toEqual([['shard-0', 'TRIM_HORIZON']]);
  });
});

describe('#44 planLeaseCleanup', () => {
  const parent = aLease('shard-0', { checkpoint: at('SHARD_END'), childShardIds: ['shard-1', 'shard-2'] });
  const child = (key: string, checkpoint: string, fields: Partial<Lease> = {}) =>
    aLease(key, { checkpoint: at(checkpoint), parentShardIds: ['shard-0'], ...fields });
  const mine = new Map([
    ['shard-0', true],
    ['shard-1', true],
  ]);

  it.each<[string, readonly Lease[], readonly string[]]>([
    ['both children are read', [parent, child('shard-1', '5'), child('shard-2', '6')], ['shard-0']],
    ['a child at LATEST counts as read', [parent, child('shard-1', 'LATEST'), child('shard-2', '6')], ['shard-0']],
    ['one child is still at its start', [parent, child('shard-1', '5'), child('shard-2', 'TRIM_HORIZON')], []],
    ['one child is still at its timestamp', [parent, child('shard-1', '5'), child('shard-2', 'AT_TIMESTAMP')], []],
    ['the row of a child is missing', [parent, child('shard-1', '5')], []],
    [
      'its own parent has a row',
      [{ ...parent, parentShardIds: ['shard-1'] }, child('shard-1', '5'), child('shard-2', '6')],
      [],
    ],
    [
      'a checkpoint is pending',
      [{ ...parent, pending: { checkpoint: at('SHARD_END') } }, child('shard-1', '5'), child('shard-2', '6')],
      [],
    ],
    ['the shard has not ended', [{ ...parent, checkpoint: at(9) }, child('shard-1', '5'), child('shard-2', '6')], []],
    ['no children are named', [{ ...parent, childShardIds: [] }], []],
  ])('%s', (_name, leases, expected) => expect(planLeaseCleanup(leases, mine)).toEqual(expected));

  it('leaves the rows of others to them', () => {
    expect(planLeaseCleanup([parent, child('shard-1', '5'), child('shard-2', '6')], new Map())).toEqual([]);
  });

  it('deletes an ended shard that the stream has forgotten, and none when the stream lists nothing', () => {
    const childless = { ...parent, childShardIds: [] };
    expect(planLeaseCleanup([childless], mine, [aShard('shard-9')])).toEqual(['shard-0']);
    expect(planLeaseCleanup([childless], mine, [aShard('shard-0')])).toEqual([]);
    expect(planLeaseCleanup([childless], mine, [])).toEqual([]);
  });
});

it('the lease of a merge names both parents', () => {
  const shard = aShard('shard-2', { parentShardId: 'shard-1', adjacentParentShardId: 'shard-0' });
  expect(newLease(shard, 'TRIM_HORIZON', WALL_MS).parentShardIds).toEqual(['shard-0', 'shard-1']);
});
