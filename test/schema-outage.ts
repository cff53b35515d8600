/**
 * The schema server of a machine is stopped under load: two enrichers that know some schemas, and one that starts meanwhile and
 * knows none. Run for seconds by integration/schema-outage.test.ts and for five minutes by long/schema-outage.test.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../runtime/clock';
import { BucketWatcher } from './bucket-watcher';
import { streamRecords } from './raw-stream';
import type { ServiceProcess } from './service-process';
import { freePort, startStack } from './stack';
import { until } from './until';
import { eventOf, idOfRecord, UserTraffic } from './user-traffic';

const STREAM = 'raw';

export interface Outage {
  /** Of the files under `bad/`. */
  readonly badRows: readonly string[];
  /** Enrichers that ended by themselves. */
  readonly exits: number;
  readonly inStream: readonly (string | null)[];
  readonly inOutput: readonly string[];
  readonly readerFaults: readonly string[];
  /** Events of the outage that were in the output before it was over, and those that were not yet. */
  readonly passed: number;
  readonly held: number;
  /** From the moment that the schema server was ready again until everything was in the output. */
  readonly recoveredInMs: number;
}

export async function schemaOutage({ outageMs }: { readonly outageMs: number }): Promise<Outage> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-outage-'));
  const port = await freePort();
  const stack = await startStack({
    streams: { [STREAM]: 4, bad: 1 },
    settings: {
      FLOTILLA_STREAM_RAW: STREAM,
      FLOTILLA_SCHEMAS_URI: `http://127.0.0.1:${port}`,
      FLOTILLA_SCHEMAS_INDEX_FILE: join(folder, 'resolved'),
      FLOTILLA_SCHEMAS_TTL_MS: '1000', // what is known grows old many times in the outage
      FLOTILLA_SCHEMA_SERVER_PORT: String(port),
      FLOTILLA_ENRICHER_SCHEMA_BACKOFF_MAX_MS: '2000',
      FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: '4000',
    },
  });
  const watcher = new BucketWatcher(stack.emulators.s3, 'flotilla', systemClock);
  const traffic = new UserTraffic(stack.emulators.kinesis, STREAM, systemClock);
  const enrichers: { readonly service: ServiceProcess; hasEnded: boolean }[] = [];
  const startEnricher = async (): Promise<void> => {
    const service = await stack.spawn('enricher/main.ts');
    const enricher = { service, hasEnded: false };
    enrichers.push(enricher);
    void service.ended.then(() => (enricher.hasEnded = true));
    await service.ready;
  };
  const told = (): string => enrichers.map(({ service }) => service.output().slice(-2_000)).join('\n');
  const everythingIsThere = (): Promise<void> =>
    until('all that was put is in the output', () => watcher.lines.length >= traffic.put.length, {
      withinMs: 60_000,
      told,
    });
  try {
    watcher.start(500);
    let server = await stack.spawn('schema-server/main.ts');
    await server.ready;
    await traffic.round('with-entity');
    await Promise.all([startEnricher(), startEnricher()]);
    await everythingIsThere();

    traffic.start('with-entity');
    const before = watcher.lines.length;
    server.kill('SIGKILL');
    await server.ended;
    const stoppedAtMs = systemClock.monotonicMs();
    await startEnricher(); // it knows no schema: its shards wait
    await systemClock.sleep(outageMs - (systemClock.monotonicMs() - stoppedAtMs));
    const passed = watcher.lines.length - before;
    const held = traffic.put.length - watcher.lines.length;

    server = await stack.spawn('schema-server/main.ts');
    await server.ready;
    const backAtMs = systemClock.monotonicMs();
    await traffic.stop();
    await everythingIsThere();
    const recoveredInMs = systemClock.monotonicMs() - backAtMs;
    const exits = enrichers.filter(({ hasEnded }) => hasEnded).length;
    for (const { service } of enrichers) service.kill('SIGTERM');
    await Promise.all(enrichers.map(({ service }) => service.ended));
    await watcher.stop();
    return {
      badRows: watcher.files.filter((name) => name.startsWith('bad/')),
      exits,
      inStream: (await streamRecords(stack.emulators.kinesis, STREAM)).map(idOfRecord).sort(),
      inOutput: watcher.lines.map((line) => eventOf(line).eventId).sort(),
      readerFaults: watcher.faults,
      passed,
      held,
      recoveredInMs,
    };
  } finally {
    await traffic.stop();
    await watcher.stop();
    await stack.stop();
    rmSync(folder, { recursive: true });
  }
}

/** What must be true of any of them. */
export function expectNothingSpoiled(outage: Outage, outageMs: number): void {
  expect([outage.badRows, outage.exits, outage.readerFaults]).toEqual([[], 0, []]);
  expect(outage.inOutput).toEqual(outage.inStream);
  expect(outage.passed).toBeGreaterThan(0); // what is known serves on
  expect(outage.held).toBeGreaterThan(0);
  process.stdout.write(
    `schema server away for ${outageMs} ms: ${outage.passed} events passed, ${outage.held} waited and were there ` +
      `${Math.round(outage.recoveredInMs)} ms after it was back\n`,
  );
}
