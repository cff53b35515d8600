/**
 * What the client itself costs a user record on its way from a Kinesis answer to the processor: aggregates of 256-byte
 * records, opened, filtered by the hash range of half a stream, handed on as Buffers. The format wants two MD5s, one of
 * each aggregate and one of each partition key; the reference is those alone, over the same bytes.
 */
import { createHash } from 'node:crypto';
import { aggregate, openAggregate, type UserRecord } from '../kinesis-client/shards/aggregated-record';
import { hashRangeFilter } from '../kinesis-client/shards/hash-range-filter';
import { openRecords, type OpenOptions } from '../kinesis-client/shards/open-records';
import type { StreamRecord } from '../kinesis-client/shards/stream';
import { atMost, figure, type Bench } from './check';
import { compare } from './measure';

const AGGREGATES = 50;
const USER_RECORDS = 180; // 50 KB, what the KPL fills an aggregate to
const UNITS = AGGREGATES * USER_RECORDS;
const OVERHEAD_MAX_US = 1;

const start = { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 };
const half = hashRangeFilter({ start: '0', end: String(2n ** 127n - 1n) });

export const clientRecords: Bench = {
  doc: 'what opening aggregates costs a user record, beside the two MD5s of the format',
  async run(seconds) {
    const { records, keys } = filled();
    const open = (options: OpenOptions) => () => {
      let bytes = 0;
      for (const { bytes: data } of openRecords(records, start, options).records) bytes += data.length;
      if (bytes === 0) throw new Error('nothing was opened');
      return UNITS;
    };
    const md5s = (): number => {
      for (const { data } of records) createHash('md5').update(data.subarray(4, -16)).digest();
      for (const key of keys) createHash('md5').update(key).digest();
      return UNITS;
    };
    const [reference, record, off] = compare(seconds, [
      { name: 'the two MD5s', run: md5s },
      { name: 'opened, filter record', run: open({ filter: 'record', isInside: half }) },
      { name: 'opened, filter off', run: open({ filter: 'off', isInside: null }) },
    ]).map(({ cpuUs }) => cpuUs) as [number, number, number];
    return [
      figure('the two MD5s alone', reference, 'us/record'),
      figure('opened and handed on, filter record', record, 'us/record'),
      figure('opened and handed on, filter off (no MD5 of keys)', off, 'us/record'),
      atMost(OVERHEAD_MAX_US, 'overhead of the client, filter record', record - reference, 'us/record'),
    ];
  },
};

/** As a shard gives them, and every partition key in them. */
function filled(): { records: (StreamRecord & { data: Buffer })[]; keys: string[] } {
  const users = (i: number): UserRecord[] =>
    Array.from({ length: USER_RECORDS }, (_, j) => ({
      partitionKey: `user-${i * USER_RECORDS + j}`,
      data: Buffer.alloc(256, 'x'),
    }));
  const records = Array.from({ length: AGGREGATES }, (_, i) => ({
    sequenceNumber: `495903382714902566085596925383615710959216${String(i).padStart(14, '0')}`,
    partitionKey: 'a',
    data: aggregate(users(i)),
    arrivedAtMs: 0,
  }));
  const keys = records.flatMap(
    ({ data }) => openAggregate(data)?.records.map(({ partitionKey }) => partitionKey) ?? [],
  );
  return { records, keys };
}
