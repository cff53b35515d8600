/**
 * The CollectorPayload: one HTTP request as the collector stores it in the raw stream, a Thrift struct in TBinaryProtocol
 * without envelope (snowplow-protocol 2). The collector encodes, the enricher decodes; whether the texts make sense is
 * the enricher's question. Field ids are those of the wire, not of the file in Iglu Central.
 */
import { decodeUtf8 } from './java-utf8';

export const collectorPayloadSchema = 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0';

/** Texts are any text: `path` may hold NUL, `networkUserId` may be no UUID. Absent and empty differ. */
export interface CollectorPayload {
  schema: string;
  ipAddress: string;
  /** When the request came, epoch milliseconds. From a foreign record: any 64-bit number, rounded past 2^53. */
  timestamp: number;
  encoding: string;
  collector: string;
  userAgent?: string;
  refererUri?: string;
  path?: string;
  querystring?: string;
  body?: string;
  /** `Name: value` each. */
  headers?: readonly string[];
  contentType?: string;
  hostname?: string;
  networkUserId?: string;
}

// Thrift's type codes.
const STOP = 0;
const I64 = 10;
const STRING = 11;
const STRUCT = 12;
const MAP = 13;
const SET = 14;
const LIST = 15;
/** Bytes of the types whose length is fixed: bool, byte, double, i16, i32, i64. */
const fixedLengths: Record<number, number> = { 2: 1, 3: 1, 4: 8, 6: 2, 8: 4, [I64]: 8 };

interface Field {
  readonly id: number;
  readonly name: keyof CollectorPayload;
  readonly type: number;
  readonly required?: true;
}

/** In the order in which they are written. */
const fields: readonly Field[] = [
  { id: 100, name: 'ipAddress', type: STRING, required: true },
  { id: 200, name: 'timestamp', type: I64, required: true },
  { id: 210, name: 'encoding', type: STRING, required: true },
  { id: 220, name: 'collector', type: STRING, required: true },
  { id: 300, name: 'userAgent', type: STRING },
  { id: 310, name: 'refererUri', type: STRING },
  { id: 320, name: 'path', type: STRING },
  { id: 330, name: 'querystring', type: STRING },
  { id: 340, name: 'body', type: STRING },
  { id: 350, name: 'headers', type: LIST },
  { id: 360, name: 'contentType', type: STRING },
  { id: 400, name: 'hostname', type: STRING },
  { id: 410, name: 'networkUserId', type: STRING },
  { id: 31337, name: 'schema', type: STRING, required: true },
];
const fieldsById = new Map(fields.map((field) => [field.id, field]));

/** The bytes of one Kinesis record (before aggregation). A lone surrogate becomes U+FFFD. */
export function encodeCollectorPayload(payload: CollectorPayload): Buffer {
  const bytes = Buffer.allocUnsafe(encodedLength(payload));
  let at = 0;
  const text = (value: string): void => {
    const length = bytes.write(value, at + 4, 'utf8');
    at = bytes.writeInt32BE(length, at) + length;
  };
  for (const { id, name, type } of fields) {
    const value = payload[name];
    if (value === undefined) continue;
    at = bytes.writeInt16BE(id, bytes.writeUInt8(type, at));
    if (typeof value === 'string') {
      text(value);
    } else if (typeof value === 'number') {
      at = bytes.writeBigInt64BE(BigInt(value), at);
    } else {
      at = bytes.writeInt32BE(value.length, bytes.writeUInt8(STRING, at));
      for (const item of value) text(item);
    }
  }
  bytes.writeUInt8(STOP, at);
  return bytes;
}

/** Length in bytes of what encodeCollectorPayload would make, without making it: the collector splits by it. */
export function encodedLength(payload: CollectorPayload): number {
  let length = 1;
  for (const { name } of fields) {
    const value = payload[name];
    if (value === undefined) continue;
    if (typeof value === 'string') length += 7 + Buffer.byteLength(value);
    else if (typeof value === 'number') length += 11;
    else length += value.reduce((sum, item) => sum + 4 + Buffer.byteLength(item), 8);
  }
  return length;
}

/**
 * Reads any record, whoever wrote it: fields in any order, unknown fields skipped, a field of another type than ours
 * counts as absent, bytes after the end are ignored, invalid UTF-8 is read as Java reads it. Hostile bytes are an error
 * text, never an exception, and never take more memory than they are long.
 */
export function decodeCollectorPayload(
  bytes: Uint8Array,
): { ok: true; payload: CollectorPayload } | { ok: false; error: string } {
  try {
    return { ok: true, payload: new ThriftReader(bytes).payload() };
  } catch (error) {
    if (error instanceof ThriftFault) return { ok: false, error: error.message };
    throw error;
  }
}

class ThriftFault extends Error {}

/** Levels of unknown structs and containers that are skipped; deeper is a fault. */
const skipDepthMax = 64;

class ThriftReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  payload(): CollectorPayload {
    const found: Partial<Record<keyof CollectorPayload, string | number | readonly string[]>> = {};
    for (let type = this.byte(); type !== STOP; type = this.byte()) {
      const field = fieldsById.get(this.bytes.readInt16BE(this.take(2)));
      if (field?.type === type && (type !== LIST || this.isListOfStrings())) found[field.name] = this.value(type);
      else this.skip(type, 0);
    }
    for (const { name, required } of fields) {
      if (required && found[name] === undefined) throw new ThriftFault(`Required field '${name}' was not present`);
    }
    return found as unknown as CollectorPayload; // each field has the type that the table says
  }

  private value(type: number): string | number | readonly string[] {
    if (type === I64) return Number(this.bytes.readBigInt64BE(this.take(8)));
    if (type === STRING) return this.string();
    this.take(1);
    const headers: string[] = [];
    for (let count = this.length(); count > 0; count--) headers.push(this.string());
    return headers;
  }

  private isListOfStrings(): boolean {
    return this.bytes[this.at] === STRING;
  }

  private string(): string {
    const length = this.length();
    const start = this.take(length);
    return decodeUtf8(this.bytes, start, start + length);
  }

  private skip(type: number, depth: number): void {
    const fixed = fixedLengths[type];
    if (fixed !== undefined) this.take(fixed);
    else if (depth === skipDepthMax) throw new ThriftFault(`Nested deeper than ${skipDepthMax} levels`);
    else if (type === STRING) this.take(this.length());
    else if (type === STRUCT) this.skipStruct(depth);
    else if (type === LIST || type === SET) this.skipItems([this.byte()], depth);
    else if (type === MAP) this.skipItems([this.byte(), this.byte()], depth);
    else throw new ThriftFault(`Unrecognized type ${type}`);
  }

  private skipStruct(depth: number): void {
    for (let type = this.byte(); type !== STOP; type = this.byte()) {
      this.take(2);
      this.skip(type, depth + 1);
    }
  }

  /** Every item takes a byte at least, so a hostile count ends with the bytes. */
  private skipItems(types: readonly number[], depth: number): void {
    for (let count = this.length(); count > 0; count--) for (const type of types) this.skip(type, depth + 1);
  }

  private byte(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  private length(): number {
    const length = this.bytes.readInt32BE(this.take(4));
    if (length < 0) throw new ThriftFault(`Negative length ${length}`);
    return length;
  }

  /** Steps over so many bytes and says where they began. */
  private take(count: number): number {
    const start = this.at;
    if (count > this.bytes.length - start) throw new ThriftFault('Reached end of bytes when parsing as thrift format');
    this.at += count;
    return start;
  }
}
