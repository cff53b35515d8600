/**
 * Real trackers through the whole pipeline, as a user starts it: what they send is in S3 once, every column of it right;
 * what is no event is a bad row with its reason; and DuckDB reads all of it.
 */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { compileSchema } from '../../enricher/validate';
import { columns } from '../../protocol/enriched-columns';
import { parseJson } from '../../protocol/json';
import { duckdbBad, duckdbEnriched, usualEntityKeys } from '../../protocol/reader-columns';
import { parseSchemaKey, type SchemaKey } from '../../protocol/schema-key';
import { awsFields, createKinesisClient } from '../../runtime/aws-clients';
import type { TimeBounds } from '../asymmetric-matchers';
import { defaultsOf } from '../default-settings';
import { expectedLine, type Line } from '../expected-line';
import { sendFaultyEvents, type FaultyEvent } from '../faulty-events';
import { eventsIn, streamRecords } from '../raw-stream';
import { sharedData, skipped } from '../shared-data';
import {
  freePorts,
  outputLines,
  outputTexts,
  removeFolder,
  StartedStack,
  temporaryFolder,
  until,
} from '../started-stack';
import { ownSchemas, sendTrackedEvents, type TrackedEvent } from '../tracked-events';

const root = resolve(__dirname, '../..');
const RAW_STREAM = 'raw';
jest.setTimeout(60_000);

const onLinux = existsSync('/proc/self/stat');
const here = onLinux ? describe : describe.skip;
if (!onLinux) skipped('trackers', 'no /proc to see the processes in');

here('a started stack', () => {
  const data = onLinux ? temporaryFolder() : '';
  let stack: StartedStack;
  let sent: readonly TrackedEvent[];
  let faulty: readonly FaultyEvent[];
  let records: readonly Uint8Array[];
  let lines: readonly Line[];
  let badLines: readonly Line[];
  let bounds: TimeBounds;

  beforeAll(async () => {
    const schemas = join(data, 'own-schemas');
    for (const [path, schema] of Object.entries(ownSchemas)) {
      mkdirSync(dirname(join(schemas, path)), { recursive: true });
      writeFileSync(join(schemas, path), JSON.stringify(schema));
    }
    const port = await freePorts();
    stack = new StartedStack({ data, port, environment: { FLOTILLA_SCHEMA_SERVER_FOLDERS: schemas } });
    await stack.ready();
    const kinesisEndpoint = `http://127.0.0.1:${port + 3}`;
    const kinesis = createKinesisClient({ ...defaultsOf(awsFields), kinesisEndpoint });

    const fromMs = Date.now();
    sent = await sendTrackedEvents(stack.url);
    faulty = await sendFaultyEvents(stack.url, kinesis, RAW_STREAM);
    const count = (): number => outputTexts(data, 'enriched').length + outputTexts(data, 'bad').length;
    await until(
      () => count() >= sent.length + faulty.length,
      20_000,
      () => `${count()} of ${sent.length + faulty.length} lines arrived:\n${outputTexts(data, 'bad').join('\n')}`,
    );
    bounds = { fromMs, toMs: Date.now() };
    records = await streamRecords(kinesis, RAW_STREAM);
    kinesis.destroy();
    // Stopping commits whatever is still under way: a second copy of anything would be there after it.
    stack.ctrlC();
    await stack.ended();
    lines = outputLines(data, 'enriched');
    badLines = outputLines(data, 'bad');
  });
  afterAll(() => {
    stack.killAll();
    removeFolder(data);
  });

  const linesOf = ({ eventId }: TrackedEvent): readonly Line[] => lines.filter((line) => line.event_id === eventId);
  const rowsOf = ({ mark }: FaultyEvent): readonly Line[] =>
    badLines.filter((line) => JSON.stringify(line).includes(JSON.stringify(mark).slice(1, -1)));

  it('writes each event of a tracker once, with every column and key as it must be', () => {
    for (const event of sent) {
      const [line = {}, ...others] = linesOf(event);
      const expected = expectedLine(event, line, bounds);
      expect({ of: event.name, line }).toEqual({ of: event.name, line: expected });
      expect(Object.keys(line)).toEqual(Object.keys(expected));
      expect(others).toEqual([]);
    }
  });

  it('writes a point into every decimal, and characters as they are', () => {
    const texts = outputTexts(data, 'enriched').join('\n');
    for (const text of ['"se_value":3.0,', '"tr_total":20.0,', '"ti_price":9.99,', '日本語 🎉', '/größe/tee%20grün']) {
      expect(texts).toContain(text);
    }
  });

  it('writes what is no event as a bad row of its type, with its reason and what was sent', () => {
    for (const event of faulty) {
      const [row = {}, ...others] = rowsOf(event);
      expect({ of: event.name, schema: row.schema, data: row.data }).toEqual({
        of: event.name,
        schema: expect.stringContaining(`badrows/${event.type}/jsonschema/`),
        data: event.data(bounds),
      });
      expect(others).toEqual([]);
    }
  });

  it('writes all columns that an event had got until it failed, the others as null', () => {
    const enriched = badLines.flatMap(({ data: row }) => {
      const { payload } = row as { payload: string | { enriched?: object } };
      return typeof payload === 'object' && payload.enriched ? [payload.enriched] : [];
    });
    expect(enriched).toHaveLength(2);
    for (const event of enriched) expect(Object.keys(event)).toEqual(columns.map(({ name }) => name));
  });

  it('loses nothing and doubles nothing between the stream and S3', () => {
    const events = records.reduce((sum, record) => sum + eventsIn(record), 0);
    expect(events).toBe(sent.length + faulty.length);
    expect(lines.length + badLines.length).toBe(events);
    expect(lines.map((line) => line.event_id).sort()).toEqual(sent.map(({ eventId }) => eventId).sort());
    expect(badLines.length).toBe(faulty.length);
    expect(stack.lines.at(-1)).toBe('stopped: every record was read');
  });

  describe('writes bad rows that are valid against', () => {
    const reportsAgainst = (folder: string): readonly unknown[] =>
      outputTexts(data, 'bad').map((text) => {
        const key = parseSchemaKey((JSON.parse(text) as { schema: string }).schema) as SchemaKey;
        const path = join(folder, key.vendor, key.name, key.format, key.version);
        const schema = compileSchema(readFileSync(path, 'utf8'), key);
        const row = parseJson(text);
        if (schema.kind !== 'schema' || !row.ok) throw new Error(`${path}: ${JSON.stringify(schema)}`);
        return schema.validate((row.value as ReadonlyMap<string, never>).get('data') as never);
      });
    const allValid = (): readonly unknown[] => badLines.map(() => []);

    it('the schemas that the schema server has', () => {
      expect(reportsAgainst(join(root, 'schema-server/schemas'))).toEqual(allValid());
    });

    it("Iglu Central's", () => {
      const central = sharedData('iglu-central/schemas');
      if (central === null) return skipped("bad rows against Iglu Central's schemas", 'no shared/iglu-central');
      expect(reportsAgainst(central)).toEqual(allValid());
    });
  });

  describe('writes what DuckDB reads', () => {
    let duckdb: DuckDBInstance;
    let connection: DuckDBConnection;
    const query = async (sql: string): Promise<Record<string, unknown>[]> =>
      (await connection.runAndReadAll(sql)).getRowObjectsJson();
    beforeAll(async () => {
      duckdb = await DuckDBInstance.create(':memory:');
      connection = await duckdb.connect();
      const ownKeys = ['contexts_com_acme_cart_1', 'unstruct_event_com_acme_order_placed_1'];
      await connection.run(duckdbEnriched(`${data}/s3/flotilla`, [...usualEntityKeys, ...ownKeys]));
      await connection.run(duckdbBad(`${data}/s3/flotilla`));
    });
    afterAll(() => {
      connection.closeSync();
      duckdb.closeSync();
    });

    const counted = (items: readonly unknown[]): Record<string, string> =>
      Object.fromEntries(
        [...new Set(items)].map((item) => [String(item), String(items.filter((other) => other === item).length)]),
      );

    it("by the README's commands", async () => {
      const commands = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/duckdb -init docs\/duckdb\/(\w+)\.sql -c "(.*)"/g); // prettier-ignore
      const answers = new Map<string, Record<string, string>>();
      for (const [, table = '', sql = ''] of commands) {
        const rows = await query(sql);
        answers.set(table, Object.fromEntries(rows.map((row) => Object.values(row).map(String) as [string, string])));
      }
      expect([...answers.keys()]).toEqual(['enriched', 'bad']);
      expect(answers.get('enriched')).toEqual(counted(sent.map(({ columns }) => columns.event)));
      expect(answers.get('bad')).toEqual(counted(faulty.map(({ type }) => type)));
    });

    it('with the types of all columns: times, decimals, entities, text that looks like numbers', async () => {
      const struct = sent.find(({ columns }) => columns.se_value === 12.5) as TrackedEvent;
      const [line = {}] = linesOf(struct);
      expect(
        await query(`SELECT se_value, typeof(se_value) AS decimal, typeof(collector_tstamp) AS time, hour, typeof(date) AS day,
          strftime(collector_tstamp, '%Y-%m-%dT%H:%M:%S.%gZ') AS collected FROM enriched WHERE event_id = '${struct.eventId}'`),
      ).toEqual([
        {
          se_value: 12.5,
          decimal: 'DOUBLE',
          time: 'TIMESTAMP',
          day: 'DATE',
          hour: String(line.collector_tstamp).slice(11, 13),
          collected: line.collector_tstamp,
        },
      ]);
      expect(
        await query(`SELECT tr_orderid, contexts_com_acme_cart_1->>'$[0].items' AS items,
          unstruct_event_com_acme_order_placed_1->>'$.note' AS note FROM enriched
          WHERE tr_orderid IS NOT NULL OR contexts_com_acme_cart_1 IS NOT NULL ORDER BY tr_orderid`),
      ).toEqual([
        { tr_orderid: '00042', items: null, note: null },
        { tr_orderid: null, items: '2', note: 'für Zoë' },
      ]);
    });

    it('by the folders of date and hour', async () => {
      const hours = counted(lines.map((line) => String(line.collector_tstamp).slice(0, 13)));
      for (const [hour, count] of Object.entries(hours)) {
        const [date, clock] = hour.split('T');
        const where = `date = '${date}' AND hour = '${clock}'`;
        expect(await query(`SELECT count(*) AS n FROM enriched WHERE ${where}`)).toEqual([{ n: count }]);
      }
      expect(await query(`SELECT count(*) AS n FROM enriched WHERE date < '2020-01-01'`)).toEqual([{ n: '0' }]);
    });

    it('inside bad rows', async () => {
      const key = "data->>'$.failure.messages[0].schemaKey'";
      expect(await query(`SELECT type, ${key} AS key FROM bad WHERE ${key} IS NOT NULL ORDER BY key`)).toEqual([
        { type: 'schema_violations', key: 'iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1' },
        { type: 'schema_violations', key: 'iglu:com.unknown/nothing/jsonschema/1-0-0' },
      ]);
    });
  });
});
