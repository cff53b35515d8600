/**
 * A thousand names that nobody knows, among good events of one shard, while the repository that might know them never
 * answers: how much later the good ones are decided, on virtual time. As real processes: integration/schema-outage.test.ts.
 */
import { decideLookup, isListed } from '../enricher/decide-lookup';
import { enrichWhenKnown } from '../enricher/enrich-when-known';
import { LookAhead } from '../enricher/look-ahead';
import { openResolvedIndex } from '../enricher/resolved-index';
import { CachingSchemaClient } from '../enricher/schema-client';
import { ResolverSource } from '../enricher/schema-source';
import type { SchemaRepository } from '../enricher/schema-repository';
import { schemasFields } from '../enricher/schemas-config';
import { createSchemasTelemetry } from '../enricher/telemetry';
import type { ResolverConfig } from '../protocol/resolver-config';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { seededRandom } from '../runtime/random';
import { Turns } from '../runtime/turns';
import { VirtualClock } from '../runtime/virtual-clock';
import { defaultsOf } from './default-settings';
import { namingEvent } from './user-traffic';

const FOREIGN = 1_000;
/** Between two records: the rest of the work. */
const EVENT_MS = 1;
const ANSWER_MS = 2;

const http = { kind: 'http', uri: 'http://127.0.0.1:1', apiKey: null } as const;
const config: ResolverConfig = {
  cacheSize: 0,
  cacheTtlSeconds: null,
  repositories: [
    { name: 'Ours', priority: 0, vendorPrefixes: ['com.acme', 'com.snowplowanalytics'], connection: http },
    { name: 'Upstream', priority: 1, vendorPrefixes: ['org.upstream'], connection: http },
  ],
};
const document =
  '{"$schema":"http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#","self":{}}';

async function decide(upstream: 'silent' | 'answers') {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const open = ({ name }: { readonly name: string }): SchemaRepository => ({
    async ask(key, timeoutMs) {
      const isSilent = name === 'Upstream' && upstream === 'silent';
      if (name === 'Upstream') asked.push(key.name);
      await clock.sleep(isSilent ? timeoutMs : ANSWER_MS);
      if (isSilent) return { kind: 'unavailable', error: 'ClientFailure', message: 'no answer' };
      const isHere = name === 'Ours' && !key.vendor.startsWith('net.');
      return isHere ? { kind: 'found', text: document } : { kind: 'not-found', isUnsure: false };
    },
  });
  const settings = defaultsOf(schemasFields);
  const telemetry = createSchemasTelemetry(createMetrics(), silentLogger);
  const schemas = new CachingSchemaClient({
    settings,
    clock,
    source: new ResolverSource(config, settings, clock, telemetry, open),
    index: await openResolvedIndex('', telemetry),
    isListed: (key, repository) => isListed(config, key, repository),
    telemetry,
  });
  const random = seededRandom(1);
  const waits: unknown[] = [];
  const environment = {
    ...{ schemas, clock, random, backoff: { minMs: 100, maxMs: 10_000 } },
    turns: new Turns(clock, 20),
    onUnavailable: (error: unknown) => void waits.push(error),
  };
  const known = { schemas, random, processor: { artifact: 'test', version: '1' }, etlTimestampMs: clock.wallMs() };
  // Every other event names a schema that nobody knows, each another one.
  const records = Array.from({ length: 2 * FOREIGN }, (_, n) => ({
    bytes: namingEvent(n, n % 2 === 0 ? 'iglu:com.acme/good/jsonschema/1-0-0' : `iglu:net.foreign/x${n}/jsonschema/1-0-0`),
  })); // prettier-ignore
  const ahead = new LookAhead(records, known, schemas);
  const goodAtMs: number[] = [];
  const rows: string[] = [];
  const all = (async () => {
    for (const [index, record] of records.entries()) {
      const signal = new AbortController().signal;
      const outcomes = await enrichWhenKnown([record], known, environment, signal, () => ahead.missedAt(index));
      for (const outcome of outcomes ?? [])
        if (outcome.kind === 'enriched') goodAtMs.push(clock.monotonicMs());
        else if (outcome.kind === 'bad') rows.push(JSON.stringify(outcome.row, (_, value: unknown) => (value instanceof Map ? Object.fromEntries(value) as unknown : value))); // prettier-ignore
      await clock.sleep(EVENT_MS);
    }
  })();
  let isOver = false;
  void all.finally(() => (isOver = true));
  while (!isOver) await clock.advance(100);
  await all;
  return { goodAtMs, rows, waits, asked };
}

test(`${FOREIGN} foreign names while an upstream is silent delay no good event by a second, and wait for nobody`, async () => {
  const [calm, outage] = [await decide('answers'), await decide('silent')];
  expect([calm.goodAtMs.length, outage.goodAtMs.length]).toEqual([FOREIGN, FOREIGN]);
  const delays = outage.goodAtMs.map((ms, n) => ms - (calm.goodAtMs[n] ?? 0));
  expect(Math.max(...delays)).toBeLessThan(1_000);
  expect([outage.waits, outage.rows.length]).toEqual([[], FOREIGN]);
  expect(outage.asked.length).toBeLessThan(40); // those that were under way when the first one failed
  for (const row of outage.rows) expect(row).toContain('"error":"ClientFailure","message":"no answer"');
  process.stdout.write(`good events beside ${FOREIGN} foreign names are late by ${Math.max(...delays)} ms of virtual time at most\n`);
}, 60_000); // prettier-ignore

test('the same names of a listed vendor are waited for', () => {
  const key = { vendor: 'org.upstream', name: 'x', format: 'jsonschema', version: '1-0-0' };
  const lookup = { kind: 'missing', lookupHistory: [], notAsked: ['Upstream'], isFaulty: false } as const;
  const isListedFor = (repository: string | null): boolean => isListed(config, key, repository);
  expect(decideLookup(lookup, { wasResolved: false, isListedFor })).toBe('wait');
});
