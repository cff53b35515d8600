import { aLease } from '../../test/lease-builders';
import { seededRandom } from '../../runtime/random';
import { VirtualClock } from '../../runtime/virtual-clock';
import { InMemoryLeaseTable } from '../leases/in-memory-lease-table';
import type { Lease } from '../leases/lease';
import { renewal } from '../leases/lease-writes';
import { connect, type Connection } from './connection';
import { FleetRecorder } from './fleet-recorder';

const ROUND_TRIP_MS = 100;

function connected(leases: readonly Lease[]) {
  const clock = new VirtualClock();
  const table = new InMemoryLeaseTable(leases);
  const recorder = new FleetRecorder(leases.length, () => clock.monotonicMs());
  const connection = connect({ table, clock, random: seededRandom(1), recorder, roundTripMs: ROUND_TRIP_MS });
  const unitsOf = async (call: Promise<unknown>): Promise<[number, number]> => {
    await clock.advance(10 * ROUND_TRIP_MS);
    await call;
    recorder.endSecond([]);
    const { readUnits, writeUnits } = recorder.seconds.at(-1) ?? { readUnits: NaN, writeUnits: NaN };
    return [readUnits, writeUnits];
  };
  return { clock, table, connection, unitsOf };
}

const many = (count: number): Lease[] => Array.from({ length: count }, (_, i) => aLease(`shard-${i}`));

describe('a simulated connection', () => {
  it.each<[string, number, (connection: Connection) => Promise<unknown>, [number, number]]>([
    ['a scan of 500 rows', 500, (one) => one.scan(), [25, 0]],
    ['a row', 1, (one) => one.get('shard-0'), [1, 0]],
    ['a row that is missing', 1, (one) => one.get('shard-9'), [1, 0]],
    ['a write', 1, (one) => one.write(renewal(aLease('shard-0'))), [0, 1]],
    ['a write that is refused', 1, (one) => one.write(renewal(aLease('shard-0', { leaseCounter: 7n }))), [0, 1]], // prettier-ignore
    ['a row that is made', 1, (one) => one.create(aLease('shard-9')), [0, 1]],
  ])('counts what DynamoDB would: %s', async (_name, rows, call, units) => {
    const { connection, unitsOf } = connected(many(rows));
    expect(await unitsOf(call(connection))).toEqual(units);
  });

  it('takes between half and one and a half round trips', async () => {
    const { clock, connection } = connected(many(1));
    const tookMs: number[] = [];
    for (let i = 0; i < 200; i++) {
      const sentMs = clock.monotonicMs();
      void connection.get('shard-0').then(() => tookMs.push(clock.monotonicMs() - sentMs));
      await clock.advance(2 * ROUND_TRIP_MS);
    }
    expect(tookMs).toHaveLength(200);
    expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(ROUND_TRIP_MS / 2);
    expect(Math.max(...tookMs)).toBeLessThanOrEqual(ROUND_TRIP_MS * 1.5);
    expect(tookMs.reduce((sum, one) => sum + one, 0) / 200).toBeCloseTo(ROUND_TRIP_MS, -1);
  });

  it('takes a round trip for each page of a long scan', async () => {
    const { clock, connection } = connected(many(6_000)); // 300 units: 3 pages
    let answeredMs = 0;
    void connection.scan().then(() => (answeredMs = clock.monotonicMs()));
    await clock.advance(20 * ROUND_TRIP_MS);
    expect(answeredMs).toBeGreaterThan(1.5 * ROUND_TRIP_MS);
  });

  it('that is cut carries out what was sent, and answers nothing', async () => {
    const { clock, table, connection } = connected(many(1));
    let isAnswered = false;
    void connection.write(renewal(aLease('shard-0'))).then(() => (isAnswered = true));
    connection.cut();
    await clock.advance(10 * ROUND_TRIP_MS);
    expect([table.lease('shard-0')?.leaseCounter, isAnswered]).toEqual([1n, false]);
  });
});
