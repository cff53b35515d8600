/**
 * Outages of schemas with real processes: the schema server is stopped under load; an upstream of the resolver file falls silent
 * while a thousand events name schemas that nobody knows; and a schema is published to a server with a change feed. Times
 * are reported; that they are bounded is tested on virtual time (foreign-names.test.ts, change-feed.test.ts).
 */
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../runtime/clock';
import { coreSchemasFolder } from '../../schema-server/core-folder';
import { BucketWatcher } from '../bucket-watcher';
import { expectNothingSpoiled, schemaOutage } from '../schema-outage';
import { SchemaUpstream } from '../schema-upstream';
import { freePort, startStack, type Stack } from '../stack';
import { until } from '../until';
import { namingEvent } from '../user-traffic';

const STREAM = 'raw';

test('the schema server is stopped under load: no bad row, no exit, and everything arrives', async () => {
  const outageMs = 12_000;
  expectNothingSpoiled(await schemaOutage({ outageMs }), outageMs);
}, 150_000);

interface Line {
  readonly event_id?: string;
  readonly data?: { readonly failure: { readonly messages: readonly unknown[] } };
}

async function withEnricher(
  settings: Readonly<Record<string, string>>,
  use: (world: {
    stack: Stack;
    put: (events: readonly Buffer[]) => Promise<void>;
    /** Of a table: `enriched` or `bad`. */
    lines: (table: string) => readonly Line[];
    wait: (what: string, isTrue: () => boolean) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const stack = await startStack({ streams: { [STREAM]: 1, bad: 1 }, settings: { FLOTILLA_STREAM_RAW: STREAM } });
  const watcher = new BucketWatcher(stack.emulators.s3, 'flotilla', systemClock);
  try {
    watcher.start(100);
    const enricher = await stack.spawn('enricher/main.ts', settings);
    await enricher.ready;
    await use({
      stack,
      async put(events) {
        for (let from = 0; from < events.length; from += 500) {
          const Records = events.slice(from, from + 500).map((Data, n) => ({ PartitionKey: String(n), Data }));
          const answer = await stack.emulators.kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
          expect(answer.FailedRecordCount).toBe(0);
        }
      },
      lines: (table) =>
        watcher.output
          .filter(({ name }) => name.startsWith(`${table}/`))
          .flatMap(({ lines }) => lines.map((line) => JSON.parse(line) as Line)),
      wait: (what, isTrue) => until(what, isTrue, { withinMs: 30_000, told: () => enricher.output().slice(-3_000) }),
    });
    enricher.kill('SIGTERM');
    expect(await enricher.ended).toBe(0);
  } finally {
    await watcher.stop();
    await stack.stop();
  }
}

const core = (path: string): string | undefined => {
  try {
    return readFileSync(join(coreSchemasFolder(), path), 'utf8');
  } catch {
    return undefined;
  }
};
const document = '{"$schema":"http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#","type":"object"}'; // prettier-ignore

const foreign = (from: number) =>
  Array.from({ length: 1_000 }, (_, n) => namingEvent(from + n, `iglu:net.foreign/x${from + n}/jsonschema/1-0-0`));
const good = (n: number) => namingEvent(n, 'iglu:com.acme/good/jsonschema/1-0-0');
const listed = (n: number) => namingEvent(n, 'iglu:org.upstream/listed/jsonschema/1-0-0');

function writeResolver(folder: string, ours: SchemaUpstream, upstream: SchemaUpstream): string {
  const repository = (name: string, priority: number, vendorPrefixes: readonly string[], { uri }: SchemaUpstream) => ({
    ...{ name, priority, vendorPrefixes },
    connection: { http: { uri } },
  });
  const path = join(folder, 'resolver.json');
  const repositories = [
    repository('Ours', 0, ['com.acme', 'com.snowplowanalytics'], ours),
    repository('Upstream', 1, ['org.upstream'], upstream),
  ];
  const schema = 'iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3';
  writeFileSync(path, JSON.stringify({ schema, data: { cacheSize: 500, repositories } }));
  return path;
}

test('a thousand foreign names while an upstream is silent: good events pass, and only what is listed waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-resolver-'));
  const ours = await SchemaUpstream.start((path) => (path.startsWith('com.acme/') ? document : core(path)));
  const upstream = await SchemaUpstream.start((path) => (path.startsWith('org.upstream/') ? document : undefined));
  const resolver = writeResolver(folder, ours, upstream);
  const settings = {
    FLOTILLA_SCHEMAS_URI: '',
    FLOTILLA_SCHEMAS_RESOLVER: resolver,
    FLOTILLA_SCHEMAS_INDEX_FILE: join(folder, 'resolved'),
    FLOTILLA_ENRICHER_SCHEMA_BACKOFF_MAX_MS: '500',
  };
  try {
    await withEnricher(settings, async ({ put, lines, wait }) => {
      /** How long the good event after a thousand foreign ones takes until a reader sees it. */
      const round = async (from: number): Promise<number> => {
        const beganMs = systemClock.monotonicMs();
        await put([...foreign(from), good(from + 1_000)]);
        await wait('the good event is there', () => lines('enriched').some(({ event_id }) => event_id?.endsWith(String(from + 1_000)))); // prettier-ignore
        return systemClock.monotonicMs() - beganMs;
      };
      await put([good(999)]);
      await wait('the first event is there', () => lines('enriched').length === 1);
      const calmMs = await round(10_000);
      upstream.isSilent = true;
      const asked = upstream.asked;
      const silentMs = await round(20_000);
      await wait('the bad rows are there', () => lines('bad').length === 2_000);
      expect(upstream.asked - asked).toBeLessThan(60);
      process.stdout.write(
        `a good event behind 1,000 foreign names: ${Math.round(calmMs)} ms, with a silent upstream ${Math.round(silentMs)} ms\n`,
      );
      const unsure = lines('bad').filter((line) => JSON.stringify(line).includes('no answer within 500 ms'));
      expect(unsure.length).toBeGreaterThanOrEqual(999);
      expect(unsure[0]?.data?.failure.messages).toMatchObject([
        { error: { error: 'ResolutionError', lookupHistory: [{ repository: 'Iglu Client Embedded' }, { repository: 'Ours' }, { repository: 'Upstream' }] } },
      ]); // prettier-ignore

      const before = lines('enriched').length;
      await put([listed(30_000), good(30_001)]);
      await systemClock.sleep(3_000);
      expect([lines('enriched').length, lines('bad').length]).toEqual([before, 2_000]); // the shard waits
      upstream.isSilent = false;
      await wait('what was waited for is there', () => lines('enriched').length === before + 2);
      expect(lines('bad').length).toBe(2_000);
    });
    const index = readFileSync(join(folder, 'resolved'), 'utf8');
    expect(index).toContain('iglu:org.upstream/listed/jsonschema/1-0-0.\n');
    expect(index).not.toContain('net.foreign');
  } finally {
    await Promise.all([ours.stop(), upstream.stop()]);
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test('the schema server is not sure: foreign names are bad rows that say so, and what the resolver file lists waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-resolver-'));
  const published = new Map<string, string>();
  const server = await SchemaUpstream.start(
    (path) => published.get(path) ?? (path.startsWith('com.acme/') ? document : core(path)),
  );
  server.isUnsure = true;
  const settings = {
    FLOTILLA_SCHEMAS_URI: server.uri,
    FLOTILLA_SCHEMAS_RESOLVER: writeResolver(folder, server, server), // only its prefixes are looked at
    FLOTILLA_ENRICHER_SCHEMA_BACKOFF_MAX_MS: '500',
  };
  try {
    await withEnricher(settings, async ({ put, lines, wait }) => {
      await put([...foreign(10_000), good(20_000), ...foreign(10_000)]);
      await wait('all are decided', () => lines('bad').length === 2_000 && lines('enriched').length === 1);
      expect(JSON.stringify(lines('bad')[0])).toContain('"repository":"Upstream","errors":[{"error":"ClientFailure"');
      expect(server.asked).toBeLessThan(1_100); // once a name
      await put([listed(30_000), good(30_001)]);
      await systemClock.sleep(2_000);
      expect([lines('enriched').length, lines('bad').length]).toEqual([1, 2_000]);
      published.set('org.upstream/listed/jsonschema/1-0-0', document);
      await wait('what was waited for is there', () => lines('enriched').length === 3);
      expect(lines('bad').length).toBe(2_000);
    });
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test('the schema server of the machine asks a silent upstream: foreign names pass as bad rows, what is listed waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-resolver-'));
  const ours = await SchemaUpstream.start((path) => (path.startsWith('com.acme/') ? document : undefined));
  const upstream = await SchemaUpstream.start((path) => (path.startsWith('org.upstream/') ? document : undefined));
  const resolver = writeResolver(folder, ours, upstream);
  const port = await freePort();
  const settings = {
    FLOTILLA_SCHEMAS_URI: `http://127.0.0.1:${port}`,
    FLOTILLA_SCHEMAS_RESOLVER: resolver,
    FLOTILLA_ENRICHER_SCHEMA_BACKOFF_MAX_MS: '500',
  };
  try {
    await withEnricher(settings, async ({ stack, put, lines, wait }) => {
      const server = await stack.spawn('schema-server/main.ts', {
        FLOTILLA_SCHEMA_SERVER_PORT: String(port),
        FLOTILLA_SCHEMA_SERVER_RESOLVER: resolver,
        FLOTILLA_SCHEMA_SERVER_MIRROR_FOLDER: join(folder, 'mirror'),
      });
      await server.ready;
      upstream.isSilent = true;
      await put([good(1), ...foreign(10_000), good(2)]);
      await wait('all are decided', () => lines('bad').length === 1_000 && lines('enriched').length === 2);
      expect(JSON.stringify(lines('bad')[0])).toContain('"repository":"Upstream","errors":[{"error":"ClientFailure"');
      await put([listed(20_000), good(3)]);
      await systemClock.sleep(2_000);
      expect([lines('enriched').length, lines('bad').length]).toEqual([2, 1_000]); // the shard waits
      upstream.isSilent = false;
      await wait('what was waited for is there', () => lines('enriched').length === 4);
      expect(lines('bad').length).toBe(1_000);
    });
  } finally {
    await Promise.all([ours.stop(), upstream.stop()]);
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test('a schema that is published is known at once, also one that was not found before, and after a restart of the server', async () => {
  const server = await SchemaUpstream.start(core);
  const settings = { FLOTILLA_SCHEMAS_URI: server.uri, FLOTILLA_SCHEMAS_NOT_FOUND_TTL_MS: '600000' };
  try {
    await withEnricher(settings, async ({ put, lines, wait }) => {
      for (const [n, name] of ['first', 'second'].entries()) {
        const event = (offset: number) => namingEvent(100 * n + offset, `iglu:com.acme/${name}/jsonschema/1-0-0`);
        await wait('the feed is followed', () => server.followers > 0);
        await put([event(1)]);
        await wait('the event is a bad row', () => lines('bad').length === n + 1);
        const publishedAtMs = systemClock.monotonicMs();
        server.publish(`com.acme/${name}/jsonschema/1-0-0`, document);
        await wait('the worker heard it', () => server.hasBeenHeard);
        const heardMs = systemClock.monotonicMs() - publishedAtMs;
        await put([event(2)]);
        await wait('the event is good', () => lines('enriched').length === n + 1);
        process.stdout.write(`a schema that was published was heard after ${Math.round(heardMs)} ms\n`);
        server.restart();
      }
    });
  } finally {
    await server.stop();
  }
}, 90_000);
