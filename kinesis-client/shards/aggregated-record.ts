/**
 * The aggregated record of the Kinesis Producer Library: many user records in the data of one Kinesis record. Pure, both
 * ways. The format, as the KPL describes it: four magic bytes, a protobuf message, the MD5 of that message.
 *
 *   AggregatedRecord  1 partition_key_table: repeated string    2 explicit_hash_key_table: repeated string
 *                     3 records: repeated Record
 *   Record            1 partition_key_index: uint64    2 explicit_hash_key_index: optional uint64    3 data: bytes
 *
 * Anything that is not exactly this is a plain record whose bytes happen to look like it; nothing here ever throws.
 */
import { hash } from 'node:crypto';
import { LENGTH_DELIMITED, ProtobufReader, VARINT } from './protobuf-reader';

export interface UserRecord {
  readonly partitionKey: string;
  /** Decimal, 128 bits. */
  readonly explicitHashKey?: string;
  readonly data: Buffer;
}

export interface OpenedAggregate {
  /** Their places are their sub-sequence numbers. They share the memory of what was opened. */
  readonly records: readonly UserRecord[];
  /** How many records at the end are not to be had: one that names a key which is not there, and all after it (as in Java). */
  readonly unreadable: number;
}

const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
const MD5_BYTES = 16;

/** Tags of the message. */
const PARTITION_KEYS = 1;
const EXPLICIT_HASH_KEYS = 2;
const RECORDS = 3;

const md5 = (bytes: Uint8Array): Buffer => hash('md5', bytes, 'buffer');

/** Null: a plain record. */
export function openAggregate(data: Buffer): OpenedAggregate | null {
  const end = data.length - MD5_BYTES;
  if (end <= MAGIC.length || !startsWithMagic(data)) return null;
  return md5(data.subarray(MAGIC.length, end)).equals(data.subarray(end)) ? readMessage(data, end) : null;
}

const startsWithMagic = (data: Buffer): boolean => MAGIC.every((byte, i) => data[i] === byte);

interface Tables {
  readonly partitionKeys: readonly string[];
  readonly explicitHashKeys: readonly string[];
}

/** Twice over the message, because the tables may come after the records that name their keys. */
function readMessage(data: Buffer, end: number): OpenedAggregate | null {
  const tables = readTables(data, end);
  if (tables === null) return null;
  const records: UserRecord[] = [];
  let unreadable = 0;
  const message = new ProtobufReader(data, MAGIC.length, end);
  while (message.next()) {
    if (message.tag !== RECORDS || message.wireType !== LENGTH_DELIMITED) {
      message.skip();
      continue;
    }
    message.enter();
    const record = readRecord(data, message.start, message.end, tables);
    if (record === 'broken') return null;
    if (record === 'keyless' || unreadable > 0) unreadable++;
    else records.push(record);
  }
  return { records, unreadable };
}

/** Null when the message is broken anywhere outside its records. */
function readTables(data: Buffer, end: number): Tables | null {
  const partitionKeys: string[] = [];
  const explicitHashKeys: string[] = [];
  const message = new ProtobufReader(data, MAGIC.length, end);
  while (message.next()) {
    if (message.wireType !== LENGTH_DELIMITED) {
      message.skip();
      continue;
    }
    message.enter();
    if (message.isBroken) return null;
    if (message.tag === PARTITION_KEYS) partitionKeys.push(data.toString('utf8', message.start, message.end));
    if (message.tag === EXPLICIT_HASH_KEYS) explicitHashKeys.push(data.toString('utf8', message.start, message.end));
  }
  return message.isBroken ? null : { partitionKeys, explicitHashKeys };
}

/** `keyless`: it names a key that is in no table. */
function readRecord(data: Buffer, start: number, end: number, tables: Tables): UserRecord | 'broken' | 'keyless' {
  const record = new ProtobufReader(data, start, end);
  let keyIndex = -1;
  let hashKeyIndex = -1;
  let [from, to] = [-1, -1];
  while (record.next()) {
    if (record.wireType === VARINT && record.tag === 1) keyIndex = record.varint();
    else if (record.wireType === VARINT && record.tag === 2) hashKeyIndex = record.varint();
    else if (record.wireType === LENGTH_DELIMITED && record.tag === 3) {
      record.enter();
      [from, to] = [record.start, record.end];
    } else record.skip();
  }
  if (record.isBroken || keyIndex < 0 || from < 0) return 'broken';
  const partitionKey = tables.partitionKeys[keyIndex];
  const explicitHashKey = hashKeyIndex < 0 ? undefined : tables.explicitHashKeys[hashKeyIndex];
  if (partitionKey === undefined || (hashKeyIndex >= 0 && explicitHashKey === undefined)) return 'keyless';
  return { partitionKey, explicitHashKey, data: data.subarray(from, to) };
}

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
