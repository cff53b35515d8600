/// <reference lib="es2024.string" />
/**
 * The enriched event: what the enricher makes of one tracker event, as a TSV row of 131 columns (snowplow-protocol 4) and,
 * through analytics-json.ts, as the JSON line of the S3 output.
 */
import { columnJson, isJsonColumn, readEntities } from './analytics-json';
import { columns, type ColumnName, type EnrichedEvent } from './enriched-columns';

export { toAnalyticsJson } from './analytics-json';
export { columns, type ColumnName, type ColumnType, type EnrichedEvent } from './enriched-columns';

/** 131 fields joined by tabs, no newline at the end. A lone surrogate becomes `?`, as Java writes it. */
export function toTsv(event: EnrichedEvent): string {
  const row = columns.map(({ name }) => event[name] ?? '').join('\t');
  return row.isWellFormed() ? row : row.replace(/\p{Surrogate}/gu, '?');
}

/** Why a row is no enriched event, in the words of Snowplow's `loader_parsing_error`. */
export type TsvFault =
  | { readonly type: 'NotTSV' }
  | { readonly type: 'FieldNumberMismatch'; readonly fieldCount: number }
  | { readonly type: 'RowDecodingError'; readonly errors: readonly InvalidValue[] };

export interface InvalidValue {
  readonly type: 'InvalidValue';
  readonly key: ColumnName;
  readonly value: string;
  readonly message: string;
}

/**
 * Reads a row of any enricher. Texts stay as they are; each is one that its column's type can hold, and each JSON column an
 * envelope. As strict as Snowplow's SDK, and in four places stricter: years outside 0 to 9999, the times 24:00:00 and
 * 23:59:60, digits of other scripts and hexadecimal doubles are faults. No enricher writes those.
 */
export function fromTsv(row: string): { ok: true; event: EnrichedEvent } | { ok: false; fault: TsvFault } {
  const fields = row.split('\t');
  if (fields.length === 1) return { ok: false, fault: { type: 'NotTSV' } };
  if (fields.length !== columns.length) {
    return { ok: false, fault: { type: 'FieldNumberMismatch', fieldCount: fields.length } };
  }
  const event: EnrichedEvent = {};
  const errors: InvalidValue[] = [];
  for (const [i, column] of columns.entries()) {
    const value = fields[i] as string;
    const message = faultOf(column, value);
    if (message !== null) errors.push({ type: 'InvalidValue', key: column.name, value, message });
    else if (value !== '') event[column.name] = value;
  }
  return errors.length === 0 ? { ok: true, event } : { ok: false, fault: { type: 'RowDecodingError', errors } };
}

const typeNames = { int: 'integer', num: 'double', bool: 'boolean', ts: 'datetime', uuid: 'UUID', str: 'text' };

function faultOf({ name, type, required }: (typeof columns)[number], value: string): string | null {
  if (value === '') return required ? `Field ${name} cannot be empty` : null;
  if (type === 'json') {
    const read = isJsonColumn(name) ? readEntities(name, value) : null;
    return read === null || read.ok ? null : `Cannot parse key ${name} into JSON: ${read.error}`;
  }
  return columnJson(type, value) === undefined ? `Cannot parse key ${name} into ${typeNames[type]}` : null;
}
