import pino from 'pino';
import { aLease, at } from '../test/lease-builders';
import { short } from '../test/shard-world';
import { started, WorkerFleet } from '../test/worker-fleet';

const HOUR_MS = 3_600_000;

/** `s0`, `s1 TRIM_HORIZON`: the rows of the table, with what is not a sequence number. */
const rows = (fleet: WorkerFleet): string[] =>
  fleet.table
    .leases()
    .map(({ leaseKey, checkpoint }) => `${short(leaseKey)} ${checkpoint.sequenceNumber.replace(/^\d+$/, 'read')}`)
    .sort();

/** Fills with each lease that is made from now on, as `s0 TRIM_HORIZON after 3 records`. */
function leasesMade(fleet: WorkerFleet): string[] {
  const made: string[] = [];
  const create = fleet.table.create.bind(fleet.table);
  fleet.table.create = (lease) => {
    made.push(`${short(lease.leaseKey)} ${lease.checkpoint.sequenceNumber} after ${fleet.records().length} records`);
    return create(lease);
  };
  return made;
}

describe('the first start on a stream', () => {
  it('#33 at TRIM_HORIZON makes leases for the oldest shards only, and reads each child when its parent has ended', async () => {
    const fleet = new WorkerFleet(2);
    const [s0, s1] = fleet.stream.shardIds as [string, string];
    fleet.stream.put(s0, 'old0');
    fleet.stream.put(s1, 'old1');
    await fleet.clock.advance(HOUR_MS);
    const [left, right] = fleet.stream.split(s0);
    fleet.stream.put(right, 'middle0');
    await fleet.clock.advance(HOUR_MS);
    const merged = fleet.stream.merge(right, s1);
    fleet.stream.put(left, 'young0');
    fleet.stream.put(merged, 'young1');
    const made = leasesMade(fleet);
    const a = fleet.worker('a');
    await started(fleet, a);
    await fleet.clock.advance(20_000);
    expect(made.slice(0, 2)).toEqual(['s0 TRIM_HORIZON after 0 records', 's1 TRIM_HORIZON after 0 records']);
    expect([...new Set(made.map((line) => line.slice(0, 2)))].sort()).toEqual(['s0', 's1', 's2', 's3', 's4']);
    expect([...fleet.records()].sort()).toEqual(['middle0', 'old0', 'old1', 'young0', 'young1']);
    const when = (record: string): number => fleet.records().indexOf(record);
    expect(when('old0')).toBeLessThan(Math.min(when('young0'), when('middle0')));
    expect(Math.max(when('old1'), when('middle0'))).toBeLessThan(when('young1'));
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
  });

  it('#32 at LATEST makes leases for the open shards only, and reads what is written from then on', async () => {
    const fleet = new WorkerFleet(1);
    const [parent] = fleet.stream.shardIds as [string];
    fleet.stream.put(parent, 'old0');
    const [left] = fleet.stream.split(parent);
    fleet.stream.put(left, 'old1');
    await fleet.clock.advance(1);
    const a = fleet.worker('a', { initialPosition: 'LATEST' });
    await started(fleet, a);
    fleet.stream.put(left, 'new0');
    await fleet.clock.advance(2_000);
    expect(rows(fleet)).toEqual(['s1 read', 's2 LATEST']);
    expect(fleet.records()).toEqual(['new0']);
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
  });

  it('#34 at a time makes leases for the shards of that time, and delivers no record that is older', async () => {
    const fleet = new WorkerFleet(1);
    const [parent] = fleet.stream.shardIds as [string];
    fleet.stream.put(parent, 'of the parent0');
    await fleet.clock.advance(HOUR_MS);
    const [left, right] = fleet.stream.split(parent);
    fleet.stream.put(left, 'too old0');
    await fleet.clock.advance(HOUR_MS);
    const atTimestampMs = fleet.clock.wallMs();
    fleet.stream.put(left, 'at the time0');
    await fleet.clock.advance(HOUR_MS);
    const [leftmost] = fleet.stream.split(left);
    fleet.stream.put(leftmost, 'after it0');
    const made = leasesMade(fleet);
    const a = fleet.worker('a', { initialPosition: { atTimestampMs } });
    await started(fleet, a);
    expect(made.slice(0, 2)).toEqual(['s1 AT_TIMESTAMP after 0 records', 's2 AT_TIMESTAMP after 0 records']);
    expect(made.slice(2).map((line) => line.slice(0, 15))).toEqual(['s3 TRIM_HORIZON', 's4 TRIM_HORIZON']);
    expect(fleet.heard.filter((line) => line.endsWith('0')).map((line) => line.split(': ')[1])).toEqual([
      'at the time0',
      'after it0',
    ]);
    const opened = fleet.stream.calls.filter(
      ({ operation, shardId }) => operation === 'openIterator' && shardId === right,
    );
    expect(opened.map(({ position }) => position)).toEqual([{ type: 'AT_TIMESTAMP', timestampMs: atTimestampMs }]);
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
  });

  it('#46 does not happen on the leases of an earlier stream of the same name', async () => {
    const fleet = new WorkerFleet(1);
    const [shardId] = fleet.stream.shardIds as [string];
    const row = aLease(shardId, { checkpoint: at(7) }); // the shard begins at 1001
    fleet.table.put(row);
    const start = expect(fleet.worker('a').start()).rejects.toMatchObject({ code: 'FLOTILLA_EARLIER_STREAM' });
    await fleet.clock.advance(10_000);
    await start;
    expect(fleet.table.leases()).toEqual([row]);
    expect(fleet.clock.sleeping).toBe(0);
  });
});

describe('a worker that runs', () => {
  it('makes a row that somebody deleted again, and reads on', async () => {
    const fleet = new WorkerFleet(2);
    const a = fleet.worker('a');
    await started(fleet, a);
    const [shardId] = fleet.stream.shardIds as [string];
    fleet.stream.put(shardId, 'before0');
    await fleet.clock.advance(2_000);
    fleet.table.rows.delete(shardId);
    await fleet.clock.advance(10_000);
    fleet.stream.put(shardId, 'after0');
    await fleet.clock.advance(10_000);
    expect(fleet.records().at(-1)).toBe('after0');
    expect(rows(fleet)).toEqual(['s0 read', 's1 TRIM_HORIZON']);
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
  });

  it('#42 #43 makes the row of a child whose parent has ended, after three audits, and reads it from its start', async () => {
    const fleet = new WorkerFleet(1);
    const a = fleet.worker('a', { initialPosition: 'LATEST' });
    await started(fleet, a);
    const [left] = fleet.stream.split(fleet.stream.shardIds[0] as string);
    await fleet.clock.advance(5_000);
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
    fleet.stream.put(left, 'unread0');
    fleet.table.rows.delete(left); // while nobody runs
    const b = fleet.worker('b', { initialPosition: 'LATEST' });
    await started(fleet, b);
    await fleet.clock.advance(120_000);
    expect(fleet.table.lease(left)).toBeUndefined();
    await fleet.clock.advance(90_000);
    expect(fleet.records()).toEqual(['unread0']);
    await Promise.all([b.stop(), fleet.clock.advance(1_000)]);
  });

  it('#44 deletes the row of a parent when its children are read and its own parents are gone', async () => {
    const fleet = new WorkerFleet(1);
    const a = fleet.worker('a');
    await started(fleet, a);
    const [grandparent] = fleet.stream.shardIds as [string];
    const [left, right] = fleet.stream.split(grandparent);
    await fleet.clock.advance(5_000);
    const [leftmost, middle] = fleet.stream.split(left);
    for (const shardId of [leftmost, middle]) fleet.stream.put(shardId, 'x0');
    await fleet.clock.advance(200_000);
    expect(rows(fleet)).toEqual(['s0 SHARD_END', 's1 SHARD_END', 's2 TRIM_HORIZON', 's3 read', 's4 read']);
    fleet.stream.put(right, 'x1');
    await fleet.clock.advance(70_000);
    expect(rows(fleet)).toEqual(['s1 SHARD_END', 's2 read', 's3 read', 's4 read']);
    await fleet.clock.advance(70_000);
    expect(rows(fleet)).toEqual(['s2 read', 's3 read', 's4 read']);
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
  });

  it('ends a shard that left the stream while it was behind, once, and deletes its row', async () => {
    const fleet = new WorkerFleet(2);
    const [lost] = fleet.stream.shardIds as [string];
    const children = fleet.stream.split(lost);
    for (const shardId of [lost, ...children])
      fleet.table.put(aLease(shardId, { parentShardIds: shardId === lost ? [] : [lost] }));
    fleet.table.put(aLease(fleet.stream.shardIds[1] as string));
    fleet.stream.forget(lost);
    for (const child of children) fleet.stream.put(child, 'x0');
    const a = fleet.worker('a');
    await started(fleet, a);
    expect(fleet.heard.filter((line) => line.includes('shardEnded'))).toEqual(['a s0: shardEnded']);
    await fleet.clock.advance(70_000);
    expect(rows(fleet)).toEqual(['s1 TRIM_HORIZON', 's2 read', 's3 read']);
    expect(fleet.stream.calls.filter(({ shardId }) => shardId === lost)).toHaveLength(1);
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
  });

  it('takes five hundred free leases within two seconds, not one at a look', async () => {
    const fleet = new WorkerFleet(500);
    const a = fleet.worker('a');
    const start = a.start();
    await fleet.clock.advance(2_000);
    await start;
    expect(fleet.holdings()).toEqual({ a: 500 });
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
  });
});

describe('the log of a worker', () => {
  const counted = () => {
    const lines: string[] = [];
    return { lines, log: pino({ level: 'info' }, { write: (line) => void lines.push(line) }) };
  };

  it('has fewer than fifty lines for ten minutes of twenty idle shards', async () => {
    const fleet = new WorkerFleet(20);
    const { lines, log } = counted();
    const a = fleet.worker('a', { log });
    await started(fleet, a);
    const atStart = lines.length;
    await fleet.clock.advance(600_000);
    expect(lines.length - atStart).toBeLessThan(50);
    expect(atStart).toBeGreaterThan(20); // it does count
    await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
  });

  it('stays small when the stream does not answer, or is gone', async () => {
    for (const answer of [{ kind: 'unavailable', cause: new Error('down') }, { kind: 'gone' }] as const) {
      const fleet = new WorkerFleet(10);
      const { lines, log } = counted();
      const a = fleet.worker('a', { log });
      await started(fleet, a);
      const atStart = lines.length;
      if (answer.kind === 'gone') fleet.stream.recreate(null);
      fleet.stream.getRecords = async () => answer;
      await fleet.clock.advance(300_000);
      const warnings = lines.slice(atStart).filter((line) => JSON.parse(line).level >= 40);
      expect(warnings.length).toBeGreaterThan(0);
      expect(warnings.length).toBeLessThanOrEqual(answer.kind === 'gone' ? 11 : 60);
      await Promise.all([a.stop(), fleet.clock.advance(1_000)]);
    }
  });
});
