/** Whose table a worker stands on, what it says of it, and how it starts when things are not as they should be. */
import { aLease } from '../test/lease-builders';
import { started, WorkerFleet } from '../test/worker-fleet';
import { FlotillaError } from '../runtime/errors';
import { silentLogger, type Logger } from '../runtime/log';
import type { Kcl3Rows } from './leases/kcl3-fleet-watch';
import type { InMemoryLeaseTable } from './leases/in-memory-lease-table';
import { writeLease, type Row } from './leases/lease-row';
import type { Worker } from './worker';

const migration = (cv: string): Row => ({
  leaseKey: { S: 'Migration3.0' },
  entityType: { S: 'CLIENT_VERSION_MIGRATION' },
  cv: { S: cv },
  mb: { S: 'w3' },
});
const leader: Row = { leaseKey: { S: 'Leader' }, entityType: { S: 'LEADER' }, ownerName: { S: 'w3' } };
const metrics = (worker: string, lut: number): Row => ({
  leaseKey: { S: worker },
  entityType: { S: 'WORKER_METRIC_STATS' },
  lut: { N: String(lut) },
});

const putRows = (table: InMemoryLeaseTable, ...rows: Row[]): void => {
  for (const row of rows) table.rows.set(row.leaseKey?.S ?? '', row);
};

/** What Java 3.5 keeps in the lease table. */
const kcl3RowsOf = (table: InMemoryLeaseTable): Kcl3Rows => ({
  async read() {
    const cv = table.rows.get('Migration3.0')?.cv?.S;
    const { foreignRows } = await table.scan();
    const reports = foreignRows.flatMap(({ key, entityType, lut }) =>
      entityType === 'WORKER_METRIC_STATS' && lut !== undefined ? [[key, lut] as const] : [],
    );
    return {
      ...(cv === undefined ? {} : { clientVersion: { cv, tableName: 'my-app' } }),
      reports: new Map(reports),
    };
  },
});

/** The rejection of `start`, or undefined; virtual time goes on meanwhile. */
async function refusalOf(fleet: WorkerFleet, worker: Worker, waitMs = 5_000): Promise<FlotillaError | undefined> {
  let refusal: FlotillaError | undefined;
  void worker.start().catch((error: FlotillaError) => (refusal = error));
  await fleet.clock.advance(waitMs);
  return refusal;
}

/** A log whose warnings can be counted by the facts that they name. */
function listeningLog(): { log: Logger; warned: object[] } {
  const warned: object[] = [];
  const log = silentLogger.child({});
  log.warn = (facts: object) => void warned.push(facts);
  return { log, warned };
}

describe('a worker on a table with rows of Java 3.5', () => {
  it('#66 #29 works as without them, names them once at start, and leaves them as they are', async () => {
    const fleet = new WorkerFleet(2);
    const rows = [migration('CLIENT_VERSION_UPGRADE_FROM_2X'), leader, metrics('w3', 100)];
    putRows(fleet.table, ...rows);
    const { log, warned } = listeningLog();
    const a = fleet.worker('a', { log, kcl3Rows: kcl3RowsOf(fleet.table) });
    await started(fleet, a);
    for (const shardId of fleet.stream.shardIds) fleet.stream.put(shardId, `of-${shardId}`);
    for (let lut = 130; lut <= 400; lut += 30) {
      putRows(fleet.table, metrics('w3', lut)); // a 3.5 worker in COMPATIBLE is alive beside it
      await fleet.clock.advance(30_000);
    }
    expect(fleet.records()).toHaveLength(2);
    expect(fleet.holdings()).toEqual({ a: 2 });
    expect(warned).toEqual([{ leaseKeys: ['Migration3.0', 'Leader', 'w3'], rows: 3 }]);
    const foreign = [...fleet.table.rows.values()].filter(({ leaseCounter }) => leaseCounter === undefined);
    expect(foreign).toEqual([rows[0], rows[1], metrics('w3', 400)]);
    expect(fleet.fatal).toEqual([]);
    await Promise.all([a.stop(), fleet.clock.advance(0)]);
    expect(fleet.clock.sleeping).toBe(0);
  });

  it('#66 says nothing when there are lease rows only, also of Java 3.5, and keeps what it does not know', async () => {
    const fleet = new WorkerFleet(1);
    const [shardId] = fleet.stream.shardIds as [string];
    const unknown: Row = { entityType: { S: 'LEASE' }, throughputKBps: { N: '7.38E-4' }, future: { S: 'kept' } };
    putRows(fleet.table, { ...writeLease(aLease(shardId)), ...unknown });
    const { log, warned } = listeningLog();
    const a = fleet.worker('a', { log, kcl3Rows: kcl3RowsOf(fleet.table) });
    await started(fleet, a);
    expect(warned).toEqual([]);
    expect(fleet.table.rows.get(shardId)).toMatchObject(unknown);
    await Promise.all([a.stop(), fleet.clock.advance(0)]);
  });

  it.each(['CLIENT_VERSION_2X', 'CLIENT_VERSION_INIT'])('starts at once when the fleet says %s', async (cv) => {
    const fleet = new WorkerFleet(1);
    putRows(fleet.table, migration(cv), metrics('w3', 100));
    const a = fleet.worker('a', { kcl3Rows: kcl3RowsOf(fleet.table) });
    await started(fleet, a);
    expect(fleet.holdings()).toEqual({ a: 1 });
    await Promise.all([a.stop(), fleet.clock.advance(0)]);
  });
});

describe('a worker beside a Java 3.x fleet in its own mode', () => {
  it('does not start, and has taken and written nothing', async () => {
    const fleet = new WorkerFleet(1);
    putRows(fleet.table, migration('CLIENT_VERSION_3X'), metrics('w3', 100), metrics('w4', 90));
    const refused = refusalOf(fleet, fleet.worker('a', { kcl3Rows: kcl3RowsOf(fleet.table) }), 40_000);
    await fleet.clock.advance(30_000);
    putRows(fleet.table, metrics('w3', 130));
    const refusal = await refused;
    expect(refusal).toMatchObject({ code: 'FLOTILLA_KCL3_FLEET', kind: 'fatal' });
    expect(refusal?.message).toContain('these workers report: w3');
    expect([fleet.table.applied, fleet.heard, fleet.clock.sleeping]).toEqual([[], [], 0]);
  });

  it('starts after 65 s when its rows are those of stopped workers', async () => {
    const fleet = new WorkerFleet(1);
    putRows(fleet.table, migration('CLIENT_VERSION_3X'), leader, metrics('w3', 100));
    const start = fleet.worker('a', { kcl3Rows: kcl3RowsOf(fleet.table) }).start();
    await fleet.clock.advance(64_000);
    expect(fleet.holdings()).toEqual({});
    await fleet.clock.advance(2_000);
    await start;
    expect(fleet.holdings()).toEqual({ a: 1 });
    await fleet.clock.advance(180_000);
    expect(fleet.fatal).toEqual([]);
  });

  it('ends, once, when the fleet goes there while it runs', async () => {
    const fleet = new WorkerFleet(1);
    putRows(fleet.table, migration('CLIENT_VERSION_UPGRADE_FROM_2X'), metrics('w3', 100));
    const a = fleet.worker('a', { kcl3Rows: kcl3RowsOf(fleet.table) });
    await started(fleet, a);
    for (let lut = 130; lut < 400; lut += 30) {
      putRows(fleet.table, metrics('w3', lut), migration(lut < 200 ? 'CLIENT_VERSION_UPGRADE_FROM_2X' : 'CLIENT_VERSION_3X_WITH_ROLLBACK')); // prettier-ignore
      await fleet.clock.advance(30_000);
    }
    expect(fleet.fatal).toEqual([expect.objectContaining({ code: 'FLOTILLA_KCL3_FLEET' })]);
  });

  it('may be stopped while it waits', async () => {
    const fleet = new WorkerFleet(1);
    putRows(fleet.table, migration('CLIENT_VERSION_3X'), metrics('w3', 100));
    const a = fleet.worker('a', { kcl3Rows: kcl3RowsOf(fleet.table) });
    const start = a.start();
    await fleet.clock.advance(7_000);
    await Promise.all([a.stop(), start, fleet.clock.advance(0)]);
    expect([fleet.holdings(), fleet.clock.sleeping]).toEqual([{}, 0]);
  });
});

describe('the start of a worker', () => {
  it.each([
    ['a table that it makes', 0],
    ['an empty table that was there', 1_000],
  ])('needs no pause after the sync: on %s the first record comes within two seconds', async (_what, waitMs) => {
    const fleet = new WorkerFleet(4);
    if (waitMs > 0) await fleet.table.ensure();
    for (const shardId of fleet.stream.shardIds) fleet.stream.put(shardId, `of-${shardId}`);
    void fleet.worker('a', { kcl3Rows: kcl3RowsOf(fleet.table) }).start();
    await fleet.clock.advance(waitMs + 990);
    expect(fleet.records()).toHaveLength(4);
  });

  it('DynamoDB down for the first 30 s: the worker then starts once, with no timer twice', async () => {
    const outcome = async (downMs: number) => {
      const fleet = new WorkerFleet(4);
      fleet.table.fault = () => (fleet.clock.monotonicMs() < downMs ? 'throttle' : undefined);
      const a = fleet.worker('a', { kcl3Rows: kcl3RowsOf(fleet.table) });
      let starts = 0;
      void a.start().then(() => starts++);
      await fleet.clock.advance(40_000);
      const { sleeping } = fleet.clock;
      const [writes, looks] = [fleet.table.applied.length, fleet.table.calls.length];
      await fleet.clock.advance(120_000);
      const renewals = fleet.table.applied.length - writes;
      const calls = fleet.table.calls.length - looks;
      const initialized = fleet.heard.filter((line) => line.endsWith('initialize')).length;
      await Promise.all([a.stop(), fleet.clock.advance(0)]);
      return { starts, sleeping, renewals, calls, initialized, left: fleet.clock.sleeping, fatal: fleet.fatal };
    };
    const [late, prompt] = [await outcome(30_000), await outcome(0)];
    expect(late).toMatchObject({ starts: 1, sleeping: prompt.sleeping, initialized: 4, left: 0, fatal: [] });
    expect(late.renewals).toBe((4 * 120_000 * 3) / 10_000);
    expect(Math.abs(late.calls - prompt.calls) / prompt.calls).toBeLessThan(0.05);
  });

  it('DynamoDB down for good: it gives up with the error, and leaves nothing running', async () => {
    const fleet = new WorkerFleet(1);
    fleet.table.fault = () => 'throttle';
    const refusal = await refusalOf(fleet, fleet.worker('a', { kcl3Rows: kcl3RowsOf(fleet.table) }), 200_000);
    expect(refusal).toMatchObject({ code: 'FLOTILLA_THROTTLED' });
    expect(fleet.clock.sleeping).toBe(0);
  });
});

describe('bad input', () => {
  const ofManyStreams: Row = {
    ...writeLease(aLease('123456789012:raw:1700000000:shardId-000000000000')),
    streamName: { S: '123456789012:raw:1700000000' },
    shardId: { S: 'shardId-000000000000' },
  };
  const broken: Row = { ...writeLease(aLease('shardId-000000000007')), checkpoint: { S: 'nonsense' } };
  const { leaseCounter: _none, ...withoutCounter } = writeLease(aLease('shardId-000000000007'));

  it.each([
    ['the table of an application of several streams', ofManyStreams, 'FLOTILLA_WRONG_LEASE_TABLE', 'applicationName'],
    ['a lease that cannot be read', broken, 'FLOTILLA_BAD_LEASE_ROW', 'lease shardId-000000000007: checkpoint is'],
    ['a lease without a counter', withoutCounter, 'FLOTILLA_BAD_LEASE_ROW', 'lease shardId-000000000007 in table'],
  ])('%s: the start says so, and nothing was written', async (_what, row, code, says) => {
    const fleet = new WorkerFleet(1);
    putRows(fleet.table, row);
    const refusal = await refusalOf(fleet, fleet.worker('a'));
    expect(refusal).toMatchObject({ code, kind: 'fatal' });
    expect(refusal?.message).toContain(says);
    expect([fleet.table.applied, fleet.clock.sleeping]).toEqual([[], 0]);
  });

  it('a lease that is spoiled while the worker runs: it ends with one word that names the row', async () => {
    const fleet = new WorkerFleet(1);
    await started(fleet, fleet.worker('a'));
    putRows(fleet.table, broken);
    await fleet.clock.advance(30_000);
    expect(fleet.fatal).toEqual([
      expect.objectContaining({
        code: 'FLOTILLA_BAD_LEASE_ROW',
        message: expect.stringContaining('shardId-000000000007') as string,
      }),
    ]);
  });

  it.each(['ensure', 'scan', 'create', 'write'] as const)(
    'a missing permission for %s: the start says so at once and leaves nothing running',
    async (operation) => {
      const fleet = new WorkerFleet(1);
      const refused = new FlotillaError('FLOTILLA_AWS_REFUSED', `${operation} is not allowed`);
      fleet.table.fault = (call) => {
        if (call.operation === operation) throw refused;
        return undefined;
      };
      expect(await refusalOf(fleet, fleet.worker('a'))).toBe(refused);
      expect(fleet.clock.sleeping).toBe(0);
      expect(fleet.fatal).toEqual([]);
    },
  );

  it.each(['scan', 'write'] as const)('a permission for %s that is withdrawn: it is told once', async (operation) => {
    const fleet = new WorkerFleet(2);
    await started(fleet, fleet.worker('a'));
    const refused = new FlotillaError('FLOTILLA_AWS_REFUSED', `${operation} is not allowed`);
    fleet.table.fault = (call) => {
      if (call.operation === operation) throw refused;
      return undefined;
    };
    await fleet.clock.advance(120_000);
    expect(fleet.fatal).toEqual([refused]);
  });
});
