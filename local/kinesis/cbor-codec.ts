/**
 * Kinesis parameters and answers in AWS CBOR 1.1, as Java's clients write and read them: blobs are plain byte strings,
 * times tag 1 with integer ms. Inside the front they are base64 text and seconds, as in AWS JSON. Pure.
 */
import type { Codec } from '../codec';
import { CborTime, decodeCbor, encodeCbor, type Cbor } from './cbor';

const BLOB_FIELDS = new Set(['Data']);
const TIME_FIELDS = new Set(['ApproximateArrivalTimestamp', 'StreamCreationTimestamp', 'ConsumerCreationTimestamp']);

export const cborCodec: Codec = {
  decode: (body) => toJsonForm(decodeCbor(body)),
  encode: (value) => encodeCbor(toCborForm(value, '')),
};

function toJsonForm(value: Cbor): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof CborTime) return value.ms / 1000;
  if (Array.isArray(value)) return value.map(toJsonForm);
  if (typeof value !== 'object' || value === null) return value;
  const object = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) object[key] = toJsonForm(item);
  return object;
}

/** What is no JSON (a function, a symbol) does not come out of the store. */
function toCborForm(value: unknown, field: string): Cbor {
  if (typeof value === 'string' && BLOB_FIELDS.has(field)) return Buffer.from(value, 'base64');
  if (typeof value === 'number' && TIME_FIELDS.has(field)) return new CborTime(Math.round(value * 1000));
  if (Array.isArray(value)) return value.map((item) => toCborForm(item, ''));
  if (typeof value !== 'object' || value === null) return value as Cbor;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCborForm(item, key)]));
}
