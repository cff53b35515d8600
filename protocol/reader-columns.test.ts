import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { collectorPayloadFormatViolation, printBadRow, schemaViolations, eventPayload } from './bad-row';
import { collectorPayloadSchema } from './collector-payload';
import { type EnrichedEvent, toAnalyticsJson } from './enriched-event';
import { jsonOf } from './json';
import { duckdbBad, duckdbEnriched, readerColumns, usualEntityKeys } from './reader-columns';

const cartKey = 'contexts_com_acme_cart_1';
const cart = (data: string): string =>
  `{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{"schema":"iglu:com.acme/cart/jsonschema/1-0-0","data":${data}}]}`;
const event = (id: number, more: EnrichedEvent): EnrichedEvent => ({
  event_id: `00000000-0000-4000-8000-00000000000${id}`,
  collector_tstamp: '2023-11-15 05:00:00.000',
  v_collector: 'c',
  v_etl: 'e',
  ...more,
});

describe('DuckDB reads the output', () => {
  let folder: string;
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;

  const write = (path: string, lines: readonly string[]): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), gzipSync(lines.map((line) => `${line}\n`).join('')));
  };
  const rows = async (sql: string): Promise<unknown[][]> => (await connection.runAndReadAll(sql)).getRowsJson();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "flotilla-o'reader-"));
    write('enriched/date=2023-11-15/hour=05/a.jsonl.gz', [
      toAnalyticsJson(event(1, { se_value: '3', user_id: '00123', dvce_created_tstamp: '2023-11-15 04:59:59.120' })),
      toAnalyticsJson(
        event(2, {
          contexts: cart('{"sku":"00123","price":1.10,"userId":1,"userid":"a","n":12345678901234567890,"big":1E400}'),
          page_title: 'a\ud800b',
          br_cookies: '1',
        }),
      ),
    ]);
    write('enriched/date=2023-11-15/hour=05/b.jsonl.gz', [
      toAnalyticsJson(
        event(3, { se_value: '12.50', contexts: cart('{"sku":7,"deep":' + '['.repeat(45) + ']'.repeat(45) + '}') }),
      ),
    ]);
    write('enriched/date=2023-11-15/hour=06/c.jsonl.gz', [
      toAnalyticsJson(
        event(4, { collector_tstamp: '2023-11-15 06:00:00.001', geo_latitude: '48.0', geo_longitude: '2.5' }),
      ),
    ]);
    const occasion = { processor: { artifact: 'a', version: '1' }, atMs: 1700000000123 };
    const payload = { schema: collectorPayloadSchema, ipAddress: 'i', timestamp: 0, encoding: 'UTF-8', collector: 'c' };
    const messages = [{ json: jsonOf({ a: '\ud800' }), error: 'INVALID_IGLUURI' as const }];
    write('bad/type=collector_payload_format_violation/date=2023-11-14/hour=22/a.jsonl.gz', [
      printBadRow(collectorPayloadFormatViolation(occasion, { error: 'x' }, Buffer.from('abc'))),
    ]);
    write('bad/type=schema_violations/date=2023-11-14/hour=07/a.jsonl.gz', [
      printBadRow(
        schemaViolations(
          occasion,
          messages,
          eventPayload({ app_id: 'shop' }, payload, { vendor: 'v', version: 'tp2' }, []),
        ),
      ),
    ]);
    write('_commits/plan.json', ['no event']);
    instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    connection = await instance.connect();
    await connection.run(duckdbEnriched(folder, [...usualEntityKeys, cartKey]));
    await connection.run(duckdbBad(folder));
  });

  afterAll(() => {
    connection?.closeSync();
    instance?.closeSync();
    rmSync(folder, { recursive: true, force: true });
  });

  test('nulls, texts, decimals, flags and times have the types that the columns say', async () => {
    expect(
      await rows(`SELECT event_id[-1:], se_value, user_id, br_cookies, txn_id, page_title, collector_tstamp, dvce_created_tstamp,
        typeof(se_value), typeof(collector_tstamp), geo_location FROM enriched ORDER BY event_id`),
    ).toEqual([
      ['1', 3, '00123', null, null, null, '2023-11-15 05:00:00', '2023-11-15 04:59:59.12', 'DOUBLE', 'TIMESTAMP', null],
      ['2', null, null, true, null, 'a\ufffdb', '2023-11-15 05:00:00', null, 'DOUBLE', 'TIMESTAMP', null],
      ['3', 12.5, null, null, null, null, '2023-11-15 05:00:00', null, 'DOUBLE', 'TIMESTAMP', null],
      ['4', null, null, null, null, null, '2023-11-15 06:00:00.001', null, 'DOUBLE', 'TIMESTAMP', '48.0,2.5'],
    ]);
  });

  test('entities are JSON, whatever types their values have', async () => {
    expect(
      await rows(`SELECT ${cartKey}->>'$[0].sku', ${cartKey}->>'$[0].userId', ${cartKey}->>'$[0].userid',
        ${cartKey}->>'$[0]._schema_version', contexts_com_snowplowanalytics_snowplow_web_page_1
        FROM enriched WHERE ${cartKey} IS NOT NULL ORDER BY event_id`),
    ).toEqual([
      ['00123', '1', 'a', '1-0-0', null],
      ['7', null, null, '1-0-0', null],
    ]);
  });

  test('hour is a text with its zero, and a filter on the folders reads only their files', async () => {
    expect(await rows(`SELECT date, hour, typeof(hour), count(*) FROM enriched GROUP BY ALL ORDER BY hour`)).toEqual([
      ['2023-11-15', '05', 'VARCHAR', '3'],
      ['2023-11-15', '06', 'VARCHAR', '1'],
    ]);
    const plan = await rows(`EXPLAIN ANALYZE SELECT event_id FROM enriched WHERE date = '2023-11-15' AND hour = '06'`);
    expect(JSON.stringify(plan)).toMatch(/Total Files Read: 1\b/);
  });

  test('bad rows are read with their type from the folder', async () => {
    expect(
      await rows(`SELECT type, hour, data->>'$.failure.message.error', data->>'$.failure.messages[0].json.a',
        data->>'$.payload.enriched.app_id' FROM bad ORDER BY type`),
    ).toEqual([
      ['collector_payload_format_violation', '22', 'x', null, null],
      ['schema_violations', '07', null, '\ufffd', 'shop'],
    ]);
  });
});

test('the columns are those of the lines', () => {
  const line = JSON.parse(
    toAnalyticsJson(event(1, { geo_latitude: '1.0', geo_longitude: '1.0', contexts: cart('{}') })),
  ) as object;
  expect(readerColumns([cartKey]).map(({ name }) => name)).toEqual(Object.keys(line));
});
