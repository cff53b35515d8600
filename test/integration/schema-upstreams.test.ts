/** The schema server before real HTTP repositories that are slow, wrong, down, and back. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseResolverConfig } from '../../protocol/resolver-config';
import { boundedFetch } from '../../runtime/bounded-fetch';
import { systemClock } from '../../runtime/clock';
import { inParallel } from '../../runtime/in-parallel';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { createFolderSchemaStore } from '../../schema-server/schema-store';
import { createSchemaServer, type SchemaServer } from '../../schema-server/server';
import { createSchemaServerTelemetry } from '../../schema-server/telemetry';
import { createUpstreamTelemetry } from '../../schema-server/upstream/telemetry';
import { openUpstreamStore, type UpstreamStore } from '../../schema-server/upstream/upstream-store';
import { startIgluRepository, type IgluRepository } from '../iglu-repository';
import { until } from '../until';

const addressOf = (i: number, vendor = 'com.acme'): string => `${vendor}/checkout/jsonschema/1-0-${i}`;
const textOf = (i: number): string => `{ "title": "schema ${i}", "maximum": ${i}.0 }`;

let folder: string;
let acme: IgluRepository;
let central: IgluRepository;
let store: UpstreamStore;
let server: SchemaServer;
let base: string;

const defaults = {
  mirrorTtlMs: 600_000,
  upstreamNotFoundTtlMs: 10_000,
  upstreamUnsureTtlMs: 60_000,
  upstreamAttemptMs: 100,
  upstreamTimeoutMs: 500,
  schemaBytesMax: 100_000,
  cacheBytesMax: 1_000_000,
};
async function startServer(settings: Partial<typeof defaults> = {}): Promise<void> {
  const metrics = createMetrics();
  const telemetry = createSchemaServerTelemetry(metrics, silentLogger);
  const storeOver = (folders: readonly string[]) => createFolderSchemaStore({ ...defaults, folders, telemetry });
  const parsed = parseResolverConfig(
    JSON.stringify({
      schema: 'iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3',
      data: {
        cacheSize: 500,
        repositories: [
          { name: 'Central', priority: 0, vendorPrefixes: [], connection: { http: { uri: central.uri } } },
          { name: 'Acme', priority: 5, vendorPrefixes: ['com.acme'], connection: { http: { uri: `${acme.uri}/`, apikey: 'secret' } } },
        ],
      },
    }),
  ); // prettier-ignore
  if (!parsed.ok) throw new Error(parsed.faults.join('; '));
  store = await openUpstreamStore({
    own: storeOver([folder]),
    config: parsed.config,
    settings: { ...defaults, ...settings, mirrorFolder: join(folder, 'mirror') },
    storeOver: (path) => storeOver([path]),
    fetch: boundedFetch,
    clock: systemClock,
    telemetry: createUpstreamTelemetry(metrics, silentLogger),
  });
  const limits = { requestTimeoutMs: 10_000, idleTimeoutMs: 60_000, connectionsMax: 1_000 };
  server = createSchemaServer({ settings: limits, store, clock: systemClock, telemetry });
  base = `${await server.http.listen({ host: '127.0.0.1', port: 0 })}/schemas`;
}
async function stopServer(): Promise<void> {
  await server.http.close();
  await store.close();
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'schema-upstreams-'));
  acme = await startIgluRepository(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [addressOf(i), textOf(i)])));
  acme.apiKey = 'secret';
  central = await startIgluRepository();
  await startServer();
});
afterEach(async () => {
  await stopServer();
  await Promise.all([acme.down(), central.down()]);
  rmSync(folder, { recursive: true });
});

interface Reply {
  readonly status: number;
  readonly lookup: string | null;
  readonly text: string;
}
async function ask(address: string): Promise<Reply> {
  const response = await fetch(`${base}/${address}`);
  return { status: response.status, lookup: response.headers.get('x-flotilla-lookup'), text: await response.text() };
}
const becomes = (what: string, address: string, isIt: (reply: Reply) => boolean): Promise<void> =>
  until(what, async () => isIt(await ask(address)), { withinMs: 10_000, told: async () => JSON.stringify(await ask(address)) }); // prettier-ignore

describe('cold start', () => {
  it('100 clients that start together ask for each schema once', async () => {
    acme.delayMs = 50; // longer than they take to begin
    const client = async (c: number): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        const n = (c * 7 + i) % 50; // each in an order of its own
        expect(await ask(addressOf(n))).toEqual({ status: 200, lookup: null, text: textOf(n) });
      }
    };
    await Promise.all(Array.from({ length: 100 }, (_, c) => client(c)));
    expect([...acme.asked].sort()).toEqual(Array.from({ length: 50 }, (_, i) => addressOf(i)).sort());
    expect(central.asked).toEqual([]);
  }, 60_000);

  it('a box that starts again asks for nothing', async () => {
    for (let i = 0; i < 50; i++) await ask(addressOf(i));
    await stopServer();
    await Promise.all([acme.down(), central.down()]);
    acme.asked.length = 0;
    await startServer();
    for (let i = 0; i < 50; i++) expect((await ask(addressOf(i))).text).toBe(textOf(i));
    await Promise.all([acme.up(), central.up()]);
    expect(acme.asked).toEqual([]);
  });

  it('the mirror is a static repository on the disk, byte for byte', async () => {
    await ask(addressOf(3));
    await store.settled();
    expect(readFileSync(join(folder, 'mirror', 'Acme', 'schemas', addressOf(3)), 'utf8')).toBe(textOf(3));
  });
});

describe('a repository that is not well', () => {
  it.each(['silent', 'failing'] as const)(
    '%s: what counts waits, all else is unsure, and both recover',
    async (mood) => {
      await stopServer();
      await startServer({ upstreamUnsureTtlMs: 0 });
      acme.mood = mood;
      expect(await ask(addressOf(0))).toMatchObject({ status: 503, lookup: null });
      expect(await ask(addressOf(0, 'org.foreign'))).toMatchObject({ status: 404, lookup: 'unsure' });
      acme.schemas.set(addressOf(0, 'org.foreign'), '"late"');
      acme.mood = 'well';
      await becomes('the schema that counts', addressOf(0), ({ status, text }) => status === 200 && text === textOf(0));
      await becomes('the foreign one', addressOf(0, 'org.foreign'), ({ text }) => text === '"late"');
    },
    30_000,
  );

  it('down: copies are served, old as they are; back: they are refreshed', async () => {
    await stopServer();
    await startServer({ mirrorTtlMs: 0, upstreamNotFoundTtlMs: 0 });
    await ask(addressOf(0));
    await acme.down();
    for (let i = 0; i < 20; i++)
      expect(await ask(addressOf(0))).toEqual({ status: 200, lookup: null, text: textOf(0) });
    acme.schemas.set(addressOf(0), '"new"');
    await acme.up();
    await becomes('the new one', addressOf(0), ({ text }) => text === '"new"');
  }, 30_000);

  it.each([
    ['wrong', 'Could not decode server response. It is no JSON'],
    ['redirecting', 'Unexpected status 302'],
    ['endless', 'The document is too large for a schema'],
  ] as const)('%s: not found, and the history says why; nobody waits', async (mood, message) => {
    acme.mood = mood;
    const { status, lookup, text } = await ask(addressOf(0));
    expect([status, lookup]).toEqual([404, null]);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
    const entry = (repository: string, error: object) => ({ repository, errors: [error], attempts: 1, lastAttempt: time }); // prettier-ignore
    expect(JSON.parse(text)).toEqual({
      message: 'The schema is not found',
      lookupHistory: [
        entry('Acme', { error: 'ClientFailure', message }),
        entry('Central', { error: 'NotFound' }),
        entry('Iglu Client Embedded', { error: 'NotFound' }),
      ],
    });
    expect(acme.asked).toEqual([addressOf(0)]);
  });

  it('1,000 foreign names while it is silent delay a good schema by under 1 s', async () => {
    await stopServer();
    await startServer({ upstreamAttemptMs: 500 });
    await ask(addressOf(1));
    acme.mood = 'silent';
    const names = Array.from({ length: 1_000 }, (_, i) => addressOf(i, 'org.foreign'));
    let isDone = false;
    const foreign = inParallel(names, 16, ask).finally(() => (isDone = true));
    for (let slowestMs = 0; !isDone;) {
      const beganMs = systemClock.monotonicMs();
      expect((await ask(addressOf(1))).text).toBe(textOf(1));
      slowestMs = Math.max(slowestMs, systemClock.monotonicMs() - beganMs);
      expect(slowestMs).toBeLessThan(1_000);
    }
    expect(new Set((await foreign).map(({ status, lookup }) => `${status} ${lookup}`))).toEqual(
      new Set(['404 unsure']),
    );
    expect(acme.asked.length).toBeLessThanOrEqual(1 + 16 * 3); // at first 16, then one after each pause
  }, 30_000);
});

test('no key leads out of the layout, and no address but a configured one is asked', async () => {
  for (const address of ['../x/jsonschema/1-0-0', '%2e%2e/x/jsonschema/1-0-0', '..%2f..%2fx/y/jsonschema/1-0-0'])
    await ask(address);
  await fetch(`${base}/http://127.0.0.1:1/x/1-0-0`);
  expect([...acme.asked, ...central.asked]).toEqual([]);
});
