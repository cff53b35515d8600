/**
 * The aggregated record of the Kinesis Producer Library: many user records in the data of one Kinesis record. Pure, both
 * ways. The format (KPL, aggregation-format.md): four magic bytes, a protobuf message, the MD5 of that message.
 *
 *   AggregatedRecord  1 partition_key_table: repeated string    2 explicit_hash_key_table: repeated string
 *                     3 records: repeated Record
 *   Record            1 partition_key_index: uint64    2 explicit_hash_key_index: optional uint64    3 data: bytes
 *
 * Anything that is not exactly this is a plain record whose bytes happen to look like it; nothing here ever throws.
 */
import { createHash } from 'node:crypto';

export interface UserRecord {
  readonly partitionKey: string;
  /** Decimal, 128 bits. */
  readonly explicitHashKey?: string;
  readonly data: Buffer;
}

export interface OpenedAggregate {
  /** Their places are their sub-sequence numbers. They share the memory of what was opened. */
  readonly records: readonly UserRecord[];
  /** Records at the end that name a key which is not there: as in Java they and all after them are not to be had. */
  readonly unreadable: number;
}

const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
const MD5_BYTES = 16;

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();

/** Null: a plain record. */
export function openAggregate(data: Buffer): OpenedAggregate | null {
  const end = data.length - MD5_BYTES;
  if (end <= MAGIC.length || !startsWithMagic(data)) return null;
  const body = data.subarray(MAGIC.length, end);
  return md5(body).equals(data.subarray(end)) ? readBody(body) : null;
}

const startsWithMagic = (data: Buffer): boolean => MAGIC.every((byte, i) => data[i] === byte);

/** The same bytes as the KPL for these records: equal keys stand in the tables once. */
export function aggregate(records: readonly UserRecord[]): Buffer {
  const partitionKeys = new Map<string, number>();
  const hashKeys = new Map<string, number>();
  const indexIn = (table: Map<string, number>, key: string): number => {
    const index = table.get(key) ?? table.size;
    table.set(key, index);
    return index;
  };
  const messages = records.map(({ partitionKey, explicitHashKey, data }) => [
    ...field(3, [
      ...number(1, indexIn(partitionKeys, partitionKey)),
      ...(explicitHashKey === undefined ? [] : number(2, indexIn(hashKeys, explicitHashKey))),
      ...field(3, [data]),
    ]),
  ]);
  const table = (tag: number, keys: ReadonlyMap<string, number>) =>
    [...keys.keys()].flatMap((key) => field(tag, [Buffer.from(key)]));
  const body = Buffer.concat([...table(1, partitionKeys), ...table(2, hashKeys), ...messages.flat()]);
  return Buffer.concat([MAGIC, body, md5(body)]);
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

const number = (tag: number, value: number): Buffer[] => [varint(tag * 8 + VARINT), varint(value)];

const field = (tag: number, content: readonly Buffer[]): Buffer[] => {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return [varint(tag * 8 + LENGTH_DELIMITED), varint(length), ...content];
};

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** A record as it stands in the message: its keys are indices into tables that may come after it. */
interface RawRecord {
  readonly keyIndex: number;
  /** -1: it has none. */
  readonly hashKeyIndex: number;
  readonly data: Buffer;
}

function readBody(body: Buffer): OpenedAggregate | null {
  const reader = new ProtobufReader(body);
  const partitionKeys: string[] = [];
  const hashKeys: string[] = [];
  const raw: RawRecord[] = [];
  while (reader.next()) {
    if (reader.wireType !== LENGTH_DELIMITED || reader.tag > 3) {
      reader.skip();
    } else {
      const content = reader.bytes();
      if (reader.tag === 1) partitionKeys.push(content.toString('utf8'));
      else if (reader.tag === 2) hashKeys.push(content.toString('utf8'));
      else {
        const record = readRecord(content);
        if (record === null) return null;
        raw.push(record);
      }
    }
  }
  if (reader.isBroken) return null;
  const records: UserRecord[] = [];
  for (const { keyIndex, hashKeyIndex, data } of raw) {
    const partitionKey = partitionKeys[keyIndex];
    const explicitHashKey = hashKeyIndex < 0 ? undefined : hashKeys[hashKeyIndex];
    if (partitionKey === undefined || (hashKeyIndex >= 0 && explicitHashKey === undefined)) break;
    records.push({ partitionKey, explicitHashKey, data });
  }
  return { records, unreadable: raw.length - records.length };
}

function readRecord(message: Buffer): RawRecord | null {
  const reader = new ProtobufReader(message);
  let keyIndex = -1;
  let hashKeyIndex = -1;
  let data: Buffer | undefined;
  while (reader.next()) {
    if (reader.wireType === VARINT && reader.tag === 1) keyIndex = reader.varint();
    else if (reader.wireType === VARINT && reader.tag === 2) hashKeyIndex = reader.varint();
    else if (reader.wireType === LENGTH_DELIMITED && reader.tag === 3) data = reader.bytes();
    else reader.skip();
  }
  return reader.isBroken || keyIndex < 0 || data === undefined ? null : { keyIndex, hashKeyIndex, data };
}

/** Walks over the fields of a message. Bytes that are no message end the walk: `isBroken`. */
class ProtobufReader {
  tag = 0;
  wireType = 0;
  isBroken = false;
  private at = 0;

  constructor(private readonly message: Buffer) {}

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.isBroken || this.at >= this.message.length) return false;
    const key = this.varint();
    this.tag = Math.floor(key / 8);
    this.wireType = key % 8;
    if (this.tag === 0) this.isBroken = true;
    return !this.isBroken;
  }

  /** 64 bits; what does not fit into a double loses its lowest bits, and is no index of anything. */
  varint(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < 10; factor *= 128, count++) {
      const byte = this.message[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    this.isBroken = true;
    return 0;
  }

  bytes(): Buffer {
    const length = this.varint();
    const start = this.at;
    this.advance(length);
    return this.message.subarray(start, this.at);
  }

  /** Passes over a field that nobody asked for. */
  skip(): void {
    if (this.wireType === VARINT) this.varint();
    else if (this.wireType === LENGTH_DELIMITED) this.bytes();
    else if (this.wireType === 1) this.advance(8);
    else if (this.wireType === 5) this.advance(4);
    else this.isBroken = true;
  }

  private advance(length: number): void {
    if (this.isBroken || length > this.message.length - this.at) this.isBroken = true;
    else this.at += length;
  }
}
