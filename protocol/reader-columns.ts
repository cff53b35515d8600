/**
 * What DuckDB must be told to read the S3 output: names and types of all columns, so that it guesses nothing. Guessing loses
 * columns that are null in the first lines, silently, and runs out of memory over many files. docs/duckdb/ is generated from
 * here.
 */
import { columns, type ColumnType } from './enriched-columns';

/** Of the entities that Snowplow's own trackers and enrichments send: what a fresh stack's output has. */
export const usualEntityKeys: readonly string[] = [
  'contexts_com_snowplowanalytics_snowplow_browser_context_2',
  'contexts_com_snowplowanalytics_snowplow_client_session_1',
  'contexts_com_snowplowanalytics_snowplow_ua_parser_context_1',
  'contexts_com_snowplowanalytics_snowplow_web_page_1',
  'unstruct_event_com_snowplowanalytics_mobile_screen_view_1',
  'unstruct_event_com_snowplowanalytics_snowplow_change_form_1',
  'unstruct_event_com_snowplowanalytics_snowplow_focus_form_1',
  'unstruct_event_com_snowplowanalytics_snowplow_link_click_1',
  'unstruct_event_com_snowplowanalytics_snowplow_screen_view_1',
  'unstruct_event_com_snowplowanalytics_snowplow_submit_form_1',
  'unstruct_event_com_snowplowanalytics_snowplow_timing_1',
];

const duckdbTypes: Record<ColumnType, string> = {
  str: 'VARCHAR',
  int: 'INTEGER',
  num: 'DOUBLE',
  bool: 'BOOLEAN',
  ts: 'TIMESTAMP',
  uuid: 'VARCHAR',
  json: 'JSON',
};

/** Names and DuckDB types of the flat object, in its order. Entities are JSON: `key->>'$[0].sku'`. */
export function readerColumns(entityKeys: readonly string[]): readonly { name: string; type: string }[] {
  const atomic = columns.filter(({ type }) => type !== 'json');
  return [
    ...atomic.map(({ name, type }) => ({ name, type: duckdbTypes[type] })),
    { name: 'geo_location', type: 'VARCHAR' },
    ...entityKeys.map((name) => ({ name, type: 'JSON' })),
  ];
}

/**
 * A view `enriched` over the output in `folder` (a path or `s3://bucket/prefix` that ends before `enriched/`). A key that is
 * not named here is not lost, only not seen: name it, or read the lines with read_json_objects.
 */
export function duckdbEnriched(folder: string, entityKeys: readonly string[]): string {
  return view('enriched', `${folder}/enriched/date=*/hour=*/*.jsonl.gz`, readerColumns(entityKeys), {
    date: 'DATE',
    hour: 'VARCHAR',
  });
}

/** A view `bad` over all bad rows: `type` is the folder's, `data->>'$.failure.timestamp'` and so on is in the row. */
export function duckdbBad(folder: string): string {
  const rowColumns = [
    { name: 'schema', type: 'VARCHAR' },
    { name: 'data', type: 'JSON' },
  ];
  return view('bad', `${folder}/bad/type=*/date=*/hour=*/*.jsonl.gz`, rowColumns, {
    type: 'VARCHAR',
    date: 'DATE',
    hour: 'VARCHAR',
  });
}

/** `hour` is text everywhere: DuckDB alone would guess a number for some sets of files and a text for others. */
function view(
  name: string,
  glob: string,
  named: readonly { name: string; type: string }[],
  folders: Readonly<Record<string, string>>,
): string {
  const struct = named.map((column) => `    ${quoteName(column.name)}: '${column.type}'`).join(',\n');
  const hiveTypes = Object.entries(folders).map(([key, type]) => `${quoteName(key)}: ${type}`);
  return `CREATE OR REPLACE VIEW ${name} AS
SELECT * FROM read_json(
  ${quoteText(glob)},
  format = 'newline_delimited',
  hive_partitioning = true,
  hive_types = {${hiveTypes.join(', ')}},
  columns = {
${struct}
  }
);
`;
}

const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
