/**
 * Keywords that look at one value: types, bounds, lengths, counts, patterns, formats, enumerations. One function a keyword,
 * made once a schema: schema -> check. Templates and quirks are those of snowplow-protocol 5.4, verbatim.
 */
import { isJsonArray, JsonNumber, type Json, type JsonObject } from '../../protocol/json';
import { isArray, isInteger, isIntegerText, isNumber, isObject, textOf, toData, typeOf, type Data } from './data';
import { canonicalDecimal, compareDecimals, isMultiple, parseDecimal, type Decimal } from './decimal';
import { formats } from './formats';
import { javaRegex } from './java-regex';
import { report, type ValidatorReport } from './report';

export interface Check {
  readonly holds: (data: Data) => boolean;
  /** For data that does not hold. */
  readonly report: (data: Data, path: string) => ValidatorReport;
}

/**
 * A keyword's value and the schemas around it: `schema` holds the keyword, `parent` holds the schema. Undefined when the
 * value has a form that the keyword does not know: it is ignored then. Throws SyntaxError for a pattern that cannot be built.
 */
type Keyword = (value: Json, schema: JsonObject, parent: JsonObject | undefined) => Check | undefined;

/** OpenAPI's `nullable`: null passes `type` and `enum`, also when only the schema around says so. */
const isNullable = (schema: JsonObject, parent: JsonObject | undefined): boolean =>
  schema.get('nullable') === true || parent?.get('nullable') === true;

const typeTests: Record<string, (data: Data) => boolean> = {
  null: (data) => data === null,
  boolean: (data) => typeof data === 'boolean',
  string: (data) => typeof data === 'string',
  integer: isInteger,
  number: isNumber,
  array: isArray,
  object: isObject,
};

const type: Keyword = (value, schema, parent) => {
  const nullable = isNullable(schema, parent);
  if (typeof value === 'string') {
    const test = typeTests[value];
    // An object with an enumeration is judged by the enumeration alone.
    if (test === undefined || (value === 'object' && isJsonArray(schema.get('enum')))) return undefined;
    return {
      holds: nullable ? (data) => data === null || test(data) : test,
      report: (data, path) => report('type', path, `${typeOf(data)} found, ${value} expected`, [typeOf(data), value]),
    };
  }
  if (!isJsonArray(value)) return undefined;
  const expected = `[${value.join(', ')}]`;
  const tests = value.flatMap((name) => typeTests[String(name)] ?? []);
  if (nullable) tests.push((data) => data === null);
  return {
    holds: (data) => tests.some((test) => test(data)),
    report: (data, path) =>
      report('unionType', path, `${typeOf(data)} found, but ${expected} is required`, [typeOf(data), expected]),
  };
};

const enumeration: Keyword = (value, schema, parent) => {
  if (!isJsonArray(value)) return undefined;
  const nullable = isNullable(schema, parent);
  const texts = new Set(value.filter((item) => typeof item === 'string'));
  const others = new Set(value.filter((item) => typeof item !== 'string').map((item) => canonical(toData(item))));
  if (nullable) others.add(canonical(null));
  const shown = `[${[...value.map(asText), ...(nullable ? ['null'] : [])].join(', ')}]`;
  return {
    holds: (data) => (typeof data === 'string' ? texts.has(data) : others.size > 0 && others.has(canonical(data))),
    report: (_data, path) => report('enum', path, `does not have a value in the enumeration ${shown}`, [shown]),
  };
};

/** As Jackson's `asText`: containers have none. */
const asText = (value: Json): string => {
  if (value instanceof JsonNumber) return boundText(value.text);
  return typeof value === 'object' && value !== null ? '' : String(value);
};

/** One text for each JSON value: numbers by value, properties in any order. */
function canonical(data: Data): string {
  if (isNumber(data)) return canonicalDecimal(parseDecimal(textOf(data)));
  if (isArray(data)) return `[${data.map(canonical).join(',')}]`;
  if (!isObject(data)) return JSON.stringify(data);
  const members = Object.keys(data)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(data[name] as Data)}`);
  return `{${members.join(',')}}`;
}

/** How far a value is from a bound: below 0, 0 or above. Doubles where they are exact, else decimals. */
function distanceFrom(bound: string): (data: number | symbol) => number {
  const asNumber = Number(bound);
  const exact: Decimal = parseDecimal(bound);
  const isPlain = bound.length <= 15 && !/[eE]/.test(bound);
  return (data) =>
    isPlain && typeof data === 'number' ? data - asNumber : compareDecimals(parseDecimal(textOf(data)), exact);
}

const limit =
  (keyword: 'minimum' | 'maximum', exclusive: string, direction: 1 | -1): Keyword =>
  (value, schema) => {
    if (!(value instanceof JsonNumber)) return undefined;
    const distance = distanceFrom(value.text);
    const excluded = schema.get(exclusive) === true;
    const bound = boundText(value.text);
    const within = (distance: number): boolean => (excluded ? distance > 0 : distance >= 0);
    return {
      holds: (data) => !isNumber(data) || within(distance(data) * direction),
      report: (_data, path) => report(keyword, path, `must have a ${keyword} value of ${bound}`, [bound]),
    };
  };

const multipleOf: Keyword = (value) => {
  if (!(value instanceof JsonNumber)) return undefined;
  const divisor = parseDecimal(value.text);
  if (divisor.sign === 0) return undefined;
  const shown = javaDouble(Number(value.text));
  return {
    holds: (data) => !isNumber(data) || isMultiple(parseDecimal(textOf(data)), divisor),
    report: (_data, path) => report('multipleOf', path, `must be multiple of ${shown}`, [shown]),
  };
};

/** A bound on a size: `size` measures what the keyword is about, undefined for all other data. */
const sizeLimit =
  (
    keyword: string,
    size: (data: Data) => number | undefined,
    direction: 1 | -1,
    words: (n: string) => string,
  ): Keyword =>
  (value) => {
    if (!(value instanceof JsonNumber)) return undefined;
    const bound = Number(value.text);
    return {
      holds: (data) => {
        const measured = size(data);
        return measured === undefined || (measured - bound) * direction >= 0;
      },
      report: (_data, path) => report(keyword, path, words(value.text), [value.text]),
    };
  };

const codePoints = (data: Data): number | undefined => {
  if (typeof data !== 'string') return undefined;
  let pairs = 0;
  for (let i = 0; i < data.length; i++)
    if (data.charCodeAt(i) >> 10 === 0x36 && data.charCodeAt(i + 1) >> 10 === 0x37) pairs++;
  return data.length - pairs;
};
const itemCount = (data: Data): number | undefined => (isArray(data) ? data.length : undefined);
const propertyCount = (data: Data): number | undefined => (isObject(data) ? Object.keys(data).length : undefined);

const uniqueItems: Keyword = (value) => {
  if (value !== true) return undefined;
  return {
    holds: (data) => !isArray(data) || data.length < 2 || new Set(data.map(canonical)).size === data.length,
    report: (_data, path) => report('uniqueItems', path, 'the items in the array must be unique', []),
  };
};

const pattern: Keyword = (value) => {
  if (typeof value !== 'string') return undefined;
  const regex = javaRegex(value);
  return {
    holds: (data) => typeof data !== 'string' || finds(regex, data),
    report: (_data, path) => report('pattern', path, `does not match the regex pattern ${value}`, [value]),
  };
};

/** A long text can take more stack than the engine has (as it can in Java): then nothing was found. */
export function finds(regex: RegExp, text: string): boolean {
  try {
    return regex.test(text);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const format: Keyword = (value) => {
  const known = typeof value === 'string' ? formats.get(value) : undefined;
  if (known === undefined) return undefined;
  return {
    holds: (data) => typeof data !== 'string' || known.accepts(data),
    report: (data, path) => known.report(data as string, path),
  };
};

/** The keywords of this file by name. Those that look into data are schema-node.ts. */
export const valueKeywords: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ['type', type],
  ['enum', enumeration],
  ['minimum', limit('minimum', 'exclusiveMinimum', 1)],
  ['maximum', limit('maximum', 'exclusiveMaximum', -1)],
  ['multipleOf', multipleOf],
  ['minLength', sizeLimit('minLength', codePoints, 1, (n) => `must be at least ${n} characters long`)],
  ['maxLength', sizeLimit('maxLength', codePoints, -1, (n) => `may only be ${n} characters long`)],
  ['minItems', sizeLimit('minItems', itemCount, 1, (n) => `there must be a minimum of ${n} items in the array`)],
  ['maxItems', sizeLimit('maxItems', itemCount, -1, (n) => `there must be a maximum of ${n} items in the array`)],
  ['minProperties', sizeLimit('minProperties', propertyCount, 1, (n) => `should have a minimum of ${n} properties`)],
  ['maxProperties', sizeLimit('maxProperties', propertyCount, -1, (n) => `may only have a maximum of ${n} properties`)],
  ['uniqueItems', uniqueItems],
  ['pattern', pattern],
  ['format', format],
]);

/** A number of a schema in a report: integers as written, others as Java prints a double. */
const boundText = (text: string): string => (isIntegerText(text) ? text : javaDouble(Number(text)));

/** `10.0`, `0.1`, `1.0E10`: java.lang.Double.toString. */
function javaDouble(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude === 0 || (magnitude >= 1e-3 && magnitude < 1e7))
    return Number.isInteger(value) ? `${value}.0` : String(value);
  if (!Number.isFinite(value)) return String(value);
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}
