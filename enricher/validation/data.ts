/**
 * Event data in the form that validation works on: plain objects and arrays, as ajv reads them, without losing what a
 * number looked like. Made once an event; nothing here leaves the validator.
 */
import { JsonNumber, type Json } from '../../protocol/json';

/**
 * A number is a JavaScript number when that prints the very text it was written with, else a symbol that carries the text
 * (`1.0`, `-0`, 20 digits): a symbol is neither object nor string to anybody who looks at types.
 */
export type DataNumber = number | symbol;
export type Data = null | boolean | string | DataNumber | readonly Data[] | DataObject;
/** Inherits nothing, so `constructor` and `__proto__` are properties like any other. */
export interface DataObject {
  readonly [name: string]: Data;
}

/** Instances are fast objects whose prototype is empty; Object.create(null) would make slow ones. */
const Bag = function () {} as unknown as { new (): Record<string, Data>; prototype: object };
Bag.prototype = Object.create(null) as object;

/** Integers below 10^15 and the like: what most numbers are, and what a double holds exactly. */
const exactLengthMax = 15;

export function toData(value: Json): Data {
  if (typeof value !== 'object' || value === null) return value as null | boolean | string;
  if (value instanceof JsonNumber) return toNumber(value.text);
  if (value instanceof Map) {
    const object = new Bag();
    for (const [name, member] of value as ReadonlyMap<string, Json>) object[name] = toData(member);
    return object;
  }
  return (value as readonly Json[]).map(toData);
}

function toNumber(text: string): DataNumber {
  if (text.length <= exactLengthMax) {
    const number = Number(text);
    if (String(number) === text) return number;
  }
  return Symbol(text);
}

export const isNumber = (data: Data): data is DataNumber => typeof data === 'number' || typeof data === 'symbol';
export const isArray = (data: Data): data is readonly Data[] => Array.isArray(data);
export const isObject = (data: Data): data is DataObject =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

/** The literal of a number. */
export const textOf = (number: DataNumber): string =>
  typeof number === 'number' ? String(number) : (number.description as string);

export type TypeName = 'null' | 'boolean' | 'string' | 'integer' | 'number' | 'array' | 'object';

/** An integer is what is written as one: no point, no exponent, and not `-0` (snowplow-protocol 5.4). Any size. */
export const isInteger = (data: Data): boolean =>
  typeof data === 'number' ? Number.isInteger(data) : typeof data === 'symbol' && isIntegerText(textOf(data));

export const isIntegerText = (text: string): boolean => /^-?[0-9]+$/.test(text) && text !== '-0';

/** The one type that reports name as found: an integer is never found as `number`. */
export function typeOf(data: Data): TypeName {
  if (data === null) return 'null';
  if (isNumber(data)) return isInteger(data) ? 'integer' : 'number';
  if (isArray(data)) return 'array';
  return typeof data as 'boolean' | 'string' | 'object';
}
