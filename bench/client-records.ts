/**
 * What the client itself costs a user record on its way from a Kinesis answer to the processor: aggregates of 256-byte
 * records, opened, filtered by the hash range of half a stream, handed on as Buffers. The format wants two MD5s, one of
 * each aggregate and, to filter, one of each partition key; the reference is those alone, in the form that costs least.
 */
import { hash } from 'node:crypto';
import { aggregate, type UserRecord } from '../kinesis-client/shards/aggregated-record';
import { hashRangeFilter, type AggregateFilter } from '../kinesis-client/shards/hash-range-filter';
import { openRecords } from '../kinesis-client/shards/open-records';
import { atMost, figure, type Bench } from './check';
import { compare, type Case } from './measure';

const AGGREGATES = 50;
const USER_RECORDS = 180; // 50 KB, what the KPL fills an aggregate to
const UNITS = AGGREGATES * USER_RECORDS;
const OVERHEAD_MAX_US = 1;
const FILTERS: readonly AggregateFilter[] = ['record', 'java', 'off'];

const start = { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 };
const half = { start: '0', end: String(2n ** 127n - 1n) };

export const clientRecords: Bench = {
  doc: 'what opening aggregates costs a user record, beside the two MD5s of the format',
  run(seconds) {
    const users = Array.from({ length: AGGREGATES }, (_, i) => usersOf(i));
    const records = users.map(toStreamRecord);
    const keys = users.flat().map(({ partitionKey }) => partitionKey);
    const bodies = records.map(({ data }) => data.subarray(4, -16));
    const bodyMd5s = (): void => bodies.forEach((body) => hash('md5', body, 'buffer'));
    const keyMd5s = (): void => keys.forEach((key) => hash('md5', key, 'hex'));
    const opened = (filter: AggregateFilter): Case => ({
      name: `opened and handed on, filter ${filter}`,
      run() {
        const isInside = hashRangeFilter(half);
        for (const batch of openRecords(records, start, { filter, isInside, recordsMax: UNITS }))
          for (const { bytes } of batch.records) if (bytes.length !== 256) throw new Error('the wrong bytes');
        return UNITS;
      },
    });
    const costs = compare(seconds, [
      { name: 'MD5 of the aggregates', run: () => (bodyMd5s(), UNITS) },
      { name: 'MD5 of the aggregates and of the keys', run: () => (bodyMd5s(), keyMd5s(), UNITS) },
      ...FILTERS.map(opened),
    ]);
    const [one = NaN, two = NaN, record = NaN, , off = NaN] = costs.map(({ cpuUs }) => cpuUs);
    return Promise.resolve([
      ...costs.map(({ name, cpuUs }) => figure(name, cpuUs, 'us/record')),
      atMost(OVERHEAD_MAX_US, 'overhead of the client, filter record', record - two, 'us/record'),
      atMost(OVERHEAD_MAX_US, 'overhead of the client, filter off', off - one, 'us/record'),
    ]);
  },
};

const usersOf = (i: number): UserRecord[] =>
  Array.from({ length: USER_RECORDS }, (_, j) => ({
    partitionKey: `user-${i * USER_RECORDS + j}`,
    data: Buffer.alloc(256, 'x'),
  }));

/** As a shard gives it. */
const toStreamRecord = (users: readonly UserRecord[], i: number) => ({
  sequenceNumber: `495903382714902566085596925383615710959216${String(i).padStart(14, '0')}`,
  partitionKey: 'a',
  data: aggregate(users),
  arrivedAtMs: 1_700_000_000_000,
});
