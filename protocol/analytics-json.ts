/// <reference lib="es2024.string" />
/**
 * An enriched event as one line of flat JSON: the form of Snowplow's analytics SDK, which warehouses and data teams read
 * (snowplow-protocol 4.8), with what readers of files need besides (`we:` there): every column stands, also null; columns in
 * their order, then geo_location, then entities by name; three digits in every time; a point in every decimal; no lone
 * surrogate. The S3 sink writes it; enriched-event.ts asks here whether a foreign row can be read.
 */
import { columns, type ColumnName, type ColumnType, type EnrichedEvent } from './enriched-columns';
import { isJsonArray, isJsonObject, type Json, type JsonObject, parseJson, printJson, quoteJson } from './json';
import { matchesCriterion, modelOf, type SchemaKey } from './schema-key';
import { parseSelfDescribing } from './self-describing';
import { readUuid } from './uuid';

export type JsonColumn = 'contexts' | 'unstruct_event' | 'derived_contexts';

/** JSON texts by key of the flat object: an array of entities, or the data of the self-describing event. */
export type Entities = ReadonlyMap<string, string>;

interface FlatColumn {
  readonly name: ColumnName;
  readonly type: ColumnType;
  readonly label: string;
  /** Where its null stands in the row of nulls. */
  readonly start: number;
  readonly end: number;
}

/** The line of an event without any column, which most of a real line is cut from. */
let nulls = '';
const flatColumns: FlatColumn[] = [];
for (const { name, type } of columns) {
  if (type === 'json') continue;
  const start = nulls.length;
  const label = `,"${name}":`;
  nulls += `${label}null`;
  flatColumns.push({ name, type, label, start, end: nulls.length });
}

/**
 * One line without its newline. Never fails: a text that its column's type cannot hold is null, and a JSON column that cannot
 * be read stays a text under its own name. Neither the enricher nor fromTsv makes such events.
 */
export function toAnalyticsJson(event: EnrichedEvent): string {
  let line = '';
  let written = 0; // of the row of nulls
  for (const { name, type, label, start, end } of flatColumns) {
    const text = event[name];
    if (text === undefined) continue;
    line += nulls.slice(written, start) + label + (columnJson(type, text) ?? 'null');
    written = end;
  }
  line += nulls.slice(written);
  const location = geoLocation(event);
  if (location !== null) line += `,"geo_location":"${location}"`;
  const entities = entitiesOf(event);
  for (const key of [...entities.keys()].sort()) line += `,${quoteJson(key)}:${entities.get(key)}`;
  return `{${line.slice(1)}}`.toWellFormed();
}

/** The JSON text of a column's TSV text; undefined when the type cannot hold it. Columns of type json are not for this. */
export function columnJson(type: ColumnType, text: string): string | undefined {
  switch (type) {
    case 'int':
      return intJson(text);
    case 'num':
      return doubleJson(text);
    case 'bool':
      return text === '1' ? 'true' : text === '0' ? 'false' : undefined;
    case 'ts':
      return timestampJson(text);
    case 'uuid': {
      const uuid = readUuid(text);
      return uuid === null ? undefined : `"${uuid}"`;
    }
    case 'str':
    case 'json':
      return quoteJson(text);
  }
}

function intJson(text: string): string | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= -(2 ** 31) && value < 2 ** 31 ? String(value) : undefined;
}

const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[dDfF]?$/;
const notFinite = /^(?:NaN|[+-]?Infinity)$/;

/** A double with a point, whatever the text; null beyond a double's range, which JSON has no number for. */
function doubleJson(text: string): string | undefined {
  const trimmed = text.trim();
  if (!decimal.test(trimmed)) return notFinite.test(trimmed) ? 'null' : undefined;
  const value = parseFloat(trimmed);
  if (!Number.isFinite(value)) return 'null';
  const digits = Object.is(value, -0) ? '-0' : String(value);
  if (digits.includes('.')) return digits;
  const exponent = digits.indexOf('e');
  return exponent === -1 ? `${digits}.0` : `${digits.slice(0, exponent)}.0${digits.slice(exponent)}`;
}

const timestamp = /^([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?$/;
const monthLengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** ISO 8601 with three digits, what is finer cut off. Years 0 to 9999 only, and only times that exist. */
function timestampJson(text: string): string | undefined {
  const parts = timestamp.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = ''] = parts;
  const isLeap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  const days = month === '02' && !isLeap ? 28 : (monthLengths[Number(month) - 1] ?? 0);
  const exists = day !== '00' && Number(day) <= days && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!exists) return undefined;
  return `"${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z"`;
}

/** As printed in the two columns; an integer from a foreign row gets its point. */
function geoLocation(event: EnrichedEvent): string | null {
  const { geo_latitude: latitude, geo_longitude: longitude } = event;
  if (latitude === undefined || longitude === undefined) return null;
  const withPoint = (text: string): string => (/^[+-]?[0-9]+$/.test(text) ? `${text}.0` : text);
  return `${withPoint(latitude)},${withPoint(longitude)}`;
}

function entitiesOf(event: EnrichedEvent): Entities {
  const all = new Map<string, string>();
  for (const column of ['contexts', 'derived_contexts', 'unstruct_event'] as const) {
    const text = event[column];
    if (text === undefined) continue;
    const read = readEntities(column, text);
    if (!read.ok) all.set(column, quoteJson(text));
    else for (const [key, json] of read.entities) all.set(key, json); // derived replaces, as a whole
  }
  return all;
}

const envelopes: Record<JsonColumn, string> = {
  contexts: 'iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-*',
  derived_contexts: 'iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-*',
  unstruct_event: 'iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-*',
};
/** Columns come from other enrichers, too, which knew no bound; ours stops at 50 levels long before. */
const depthMax = 1000;

/** What a JSON column adds to the flat object. The error is a sentence. */
export function readEntities(
  column: JsonColumn,
  text: string,
): { ok: true; entities: Entities } | { ok: false; error: string } {
  const json = parseJson(text, { depthMax });
  if (!json.ok) return json;
  const envelope = parseSelfDescribing(json.value);
  if (typeof envelope === 'string') return { ok: false, error: envelope };
  if (!matchesCriterion(envelope.schema, envelopes[column])) return { ok: false, error: 'unknown envelope' };
  return column === 'unstruct_event' ? readUnstruct(envelope.data) : readContexts(envelope.data);
}

function readUnstruct(data: Json): ReturnType<typeof readEntities> {
  const event = parseSelfDescribing(data);
  if (typeof event === 'string') return { ok: false, error: event };
  return { ok: true, entities: new Map([[entityKey('unstruct_event', event.schema), printJson(event.data)]]) };
}

/** Entities of one key stand in one array, in their order: also of two schemas whose keys are the same. */
function readContexts(data: Json): ReturnType<typeof readEntities> {
  if (!isJsonArray(data)) return { ok: false, error: 'data is no array' };
  const items = new Map<string, string[]>();
  for (const [index, item] of data.entries()) {
    const entity = parseSelfDescribing(item);
    if (typeof entity === 'string') return { ok: false, error: `entity ${index}: ${entity}` };
    const key = entityKey('contexts', entity.schema);
    const siblings = items.get(key);
    const json = entityJson(entity.schema, entity.data);
    if (siblings === undefined) items.set(key, [json]);
    else siblings.push(json);
  }
  return { ok: true, entities: new Map([...items].map(([key, list]) => [key, `[${list.join(',')}]`])) };
}

/** `_schema_version` comes first and replaces a property of that name. Data that is no object is lost, as in the SDK. */
function entityJson(schema: SchemaKey, data: Json): string {
  const own: JsonObject = new Map([[versionKey, schema.version]]);
  if (!isJsonObject(data) || data.size === 0) return printJson(own);
  if (data.has(versionKey)) return printJson(new Map([...own, ...data, ...own]));
  return `{"${versionKey}":"${schema.version}",${printJson(data).slice(1)}`;
}
const versionKey = '_schema_version';

/** The key of a schema's data in the flat object, such as `contexts_com_acme_my_thing_1`. */
export function entityKey(prefix: 'contexts' | 'unstruct_event', schema: SchemaKey): string {
  const vendor = schema.vendor.replace(/[.-]/g, '_').toLowerCase();
  const name = schema.name
    .replaceAll('-', '_')
    .replace(/([^A-Z_])([A-Z])/g, '$1_$2')
    .toLowerCase();
  return `${prefix}_${vendor}_${name}_${modelOf(schema)}`;
}

/** The columns of type json, by name. */
export const isJsonColumn = (name: ColumnName): name is JsonColumn => name in envelopes;
