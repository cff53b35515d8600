import { VirtualClock } from '../../runtime/virtual-clock';
import { FakeStream } from '../../test/fake-stream';
import { FlotillaError } from '../../runtime/errors';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom } from '../../runtime/random';
import { ByteBudget } from './byte-budget';
import { KnownStream } from './known-stream';
import { StopShard } from './record-processor';
import { RetentionWatch } from './retention-watch';
import { ShardReader, type Read } from './shard-reader';
import { ANSWER_BYTES_MAX, type Position, type Stream, type StreamDescription } from './stream';
import { createShardsTelemetry, type ShardsTelemetry } from './telemetry';

const SHARD = 'shardId-000000000000';

/** A stream of one shard, a reader, and what it has read so far, as long as virtual time goes on. */
function reading(start: Position = { type: 'TRIM_HORIZON' }, options: { recordsMax?: number; memory?: number } = {}) {
  const clock = new VirtualClock();
  const stream = new FakeStream(clock, 1);
  const metrics = createMetrics();
  const memory = new ByteBudget(options.memory ?? 2 * ANSWER_BYTES_MAX);
  const known = new KnownStream(stream.description as StreamDescription, { stream, clock });
  const reader = new ShardReader(SHARD, start, {
    stream,
    known,
    memory,
    clock,
    random: seededRandom(1),
    telemetry: createShardsTelemetry(metrics, silentLogger),
    idleMs: 1_000,
    recordsMax: options.recordsMax ?? 10_000,
  });
  const stop = new AbortController();
  const reads: Read[] = [];
  const data: string[] = [];
  const run = async (): Promise<void> => {
    for (let read = await reader.read(stop.signal); read !== null; read = await reader.read(stop.signal)) {
      if (read.kind !== 'records' || read.records.length > 0) reads.push(read);
      if (read.kind !== 'records') return;
      data.push(...read.records.map((record) => Buffer.from(record.data).toString()));
      read.reservation.release();
    }
  };
  const calls = (operation: string): number[] =>
    stream.calls.filter((call) => call.operation === operation).map((call) => call.atMs);
  const positions = (): (Position | undefined)[] =>
    stream.calls.filter((call) => call.operation === 'openIterator').map((call) => call.position);
  /** A metric without labels, or the sum over its labels. */
  const metric = async (name: string): Promise<number> => {
    const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  return { clock, stream, known, metric, memory, reader, stop, reads, data, run, calls, positions };
}

describe('ShardReader', () => {
  it('reads on at once while behind, within the limits, and rests at the tip', async () => {
    const { clock, stream, data, run, calls, stop } = reading({ type: 'TRIM_HORIZON' }, { recordsMax: 1 });
    for (const word of ['a', 'b', 'c']) stream.put(SHARD, word);
    const done = run();
    await clock.advance(3_000);
    expect(data).toEqual(['a', 'b', 'c']);
    expect(calls('getRecords')).toEqual([0, 200, 400, 1_400, 2_400]);
    stop.abort();
    await done;
    expect(clock.sleeping).toBe(0);
  });

  it('keeps to five calls a second, and backs off from 1 s to 30 s when throttled', async () => {
    const { clock, stream, data, run, calls, stop } = reading({ type: 'TRIM_HORIZON' }, { recordsMax: 1 });
    for (let i = 0; i < 50; i++) stream.put(SHARD, String(i));
    stream.answerNext('getRecords', { kind: 'throttled' }, 4);
    const done = run();
    await clock.advance(60_000);
    expect(data).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    const at = calls('getRecords').slice(0, 6);
    const waits = at.slice(1).map((ms, i) => ms - (at[i] as number));
    expect(waits[0]).toBeGreaterThanOrEqual(500);
    expect(waits[3]).toBeGreaterThanOrEqual(4_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    for (const ms of calls('getRecords'))
      expect(calls('getRecords').filter((other) => other >= ms && other < ms + 1_000).length).toBeLessThanOrEqual(5);
    stop.abort();
    await done;
  });

  it('#47 re-opens after the last record when the iterator has grown old, without loss or repetition', async () => {
    const { clock, stream, reader, calls, positions } = reading();
    const words: string[] = [];
    const readOnce = async (): Promise<void> => {
      const reading = reader.read(new AbortController().signal);
      await clock.advance(1_000);
      const read = await reading;
      if (read?.kind === 'records') words.push(...read.records.map((record) => Buffer.from(record.data).toString()));
    };
    const first = stream.put(SHARD, 'a');
    await readOnce();
    stream.put(SHARD, 'b');
    await clock.advance(6 * 60_000); // the processor sleeps
    await readOnce();
    expect(words).toEqual(['a', 'b']);
    expect(positions()).toEqual([{ type: 'TRIM_HORIZON' }, { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: first }]);
    expect(calls('getRecords')).toHaveLength(2); // the old iterator was not even tried
  });

  it('re-opens when the service says that the iterator expired', async () => {
    const { clock, stream, data, run, positions, stop } = reading();
    const first = stream.put(SHARD, 'a');
    const done = run();
    await clock.advance(500);
    stream.answerNext('getRecords', { kind: 'expired' });
    stream.put(SHARD, 'b');
    await clock.advance(5_000);
    expect(data).toEqual(['a', 'b']);
    expect(positions().at(-1)).toEqual({ type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: first });
    stop.abort();
    await done;
  });

  it('#48 opens LATEST once, and from then on at the time of that', async () => {
    const { clock, stream, data, run, positions, stop } = reading({ type: 'LATEST' });
    stream.put(SHARD, 'old');
    await clock.advance(1);
    const startMs = clock.wallMs();
    const done = run();
    await clock.advance(500);
    stream.put(SHARD, 'while the iterator dies');
    stream.answerNext('getRecords', { kind: 'expired' });
    await clock.advance(5_000);
    expect(data).toEqual(['while the iterator dies']);
    expect(positions()).toEqual([{ type: 'LATEST' }, { type: 'AT_TIMESTAMP', timestampMs: startMs }]);
    stop.abort();
    await done;
  });

  it('hands out the last records, then the end with the children', async () => {
    const { clock, stream, reads, run } = reading();
    stream.put(SHARD, 'last');
    const children = stream.split(SHARD);
    const done = run();
    await clock.advance(1_000);
    await done;
    expect(reads.map((read) => read.kind)).toEqual(['records', 'end']);
    expect(reads[1]).toMatchObject({ children: children.map((shardId) => ({ shardId, parentShardIds: [SHARD] })) });
  });

  it.each([
    ['no next iterator and no children', null, []],
    [
      'children and a next iterator',
      'x',
      [{ shardId: 'child', parentShardIds: [SHARD], hashRange: { start: '0', end: '1' } }],
    ],
    ['a child without parents', null, [{ shardId: 'child', parentShardIds: [], hashRange: { start: '0', end: '1' } }]],
  ])('#41 discards an answer with %s and asks the same iterator again', async (_what, nextIterator, children) => {
    const { clock, stream, data, run, positions, stop } = reading();
    stream.put(SHARD, 'a');
    const records = [{ sequenceNumber: '9', partitionKey: 'x', data: Buffer.from('odd'), arrivedAtMs: 0 }];
    stream.answerNext('getRecords', { kind: 'records', records, nextIterator, millisBehindLatest: 0, children });
    const done = run();
    await clock.advance(5_000);
    expect(data).toEqual(['a']);
    expect(positions()).toHaveLength(1);
    stop.abort();
    await done;
  });

  it('reads only when there is memory for an answer, and keeps what it handed out', async () => {
    const { clock, stream, reader, memory, calls } = reading({ type: 'TRIM_HORIZON' }, { memory: ANSWER_BYTES_MAX });
    const never = new AbortController().signal;
    stream.put(SHARD, 'abc');
    const first = await reader.read(never);
    expect(memory.bytesUsed).toBe(3);
    const other = await memory.reserve(ANSWER_BYTES_MAX - 3, never);
    const second = reader.read(never);
    await clock.advance(10 * 60_000);
    expect(calls('getRecords')).toHaveLength(1);
    expect(reader.answeredAtMs).toBe(clock.monotonicMs()); // it is not the stream that is silent
    if (first?.kind === 'records') first.reservation.release();
    other?.release();
    await clock.advance(0);
    await second;
    expect(memory.bytesUsed).toBe(0); // an empty answer holds nothing
  });

  describe('an answer that is larger than what was reserved for it', () => {
    const large = new Uint8Array(1024 * 1024);

    it('is kept when there is room', async () => {
      const { clock, stream, reads, run, calls, stop } = reading();
      const done = run();
      await clock.advance(1_500);
      stream.put(SHARD, large); // two empty answers came before it
      await clock.advance(1_000);
      expect(reads).toHaveLength(1);
      expect(calls('getRecords')).toEqual([0, 1_000, 2_000]);
      stop.abort();
      await done;
    });

    it('is discarded when there is none, and read again when there is', async () => {
      const { clock, stream, memory, reads, run, metric, stop } = reading({ type: 'TRIM_HORIZON' });
      const done = run();
      await clock.advance(1_500);
      const others = await memory.reserve(memory.bytesMax - large.length, stop.signal);
      stream.put(SHARD, large);
      stream.put(SHARD, 'more');
      await clock.advance(60_000);
      expect(reads).toEqual([]);
      expect(await metric('flotilla_consumer_reads_total{outcome="too-large"}')).toBe(1);
      expect(memory.bytesUsed).toBeLessThanOrEqual(memory.bytesMax);
      others?.release();
      await clock.advance(1_000);
      expect(reads.flatMap((read) => (read.kind === 'records' ? read.records : []))).toHaveLength(2);
      stop.abort();
      await done;
    });

    it('is asked for in smaller parts when it is more than the service gives', async () => {
      const { clock, stream, memory, reads, run, stop } = reading({ type: 'TRIM_HORIZON' });
      for (let i = 0; i < 50; i++) stream.put(SHARD, large);
      const done = run();
      await clock.advance(120_000);
      const sizes = reads.map((read) => (read.kind === 'records' ? read.records.length : 0));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(50);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(memory.bytesMax / large.length);
      stop.abort();
      await done;
    });
  });

  it('gives up at once when aborted, whatever it waits for', async () => {
    const { clock, stream, run, stop } = reading();
    stream.answerNext('getRecords', { kind: 'unavailable', cause: new Error('down') }, 10);
    const done = run();
    await clock.advance(10_000);
    stop.abort();
    await done;
    expect(clock.sleeping).toBe(0);
  });

  it('tells of a shard that the service does not know, and of an error that no repetition heals', async () => {
    const { stream, reader } = reading();
    const never = new AbortController().signal;
    stream.answerNext('openIterator', { kind: 'gone' });
    expect(await reader.read(never)).toEqual({ kind: 'gone' });
    stream.openIterator = () => Promise.reject(new Error('no permission'));
    expect(await reader.read(never)).toMatchObject({ kind: 'failed', error: new Error('no permission') });
  });
});

describe('a shard opened at its checkpoint', () => {
  const at = (sequenceNumber: string): Position => ({ type: 'AT_SEQUENCE_NUMBER', sequenceNumber });
  const [EXPIRED, MISSING] = [
    'flotilla_consumer_records_possibly_expired_total',
    'flotilla_consumer_checkpoint_records_missing_total',
  ];
  const HOUR_MS = 3_600_000;

  it.each([
    ['is there', '1002', 0, [0, 0]],
    ['is gone, and what comes next is about to expire', '1', 20, [1, 0]],
    ['is gone, though what comes next is young', '1', 1, [0, 1]],
  ])('whose record %s', async (_what, checkpoint, ageHours, counts) => {
    const { clock, stream, data, run, metric, stop } = reading(at(checkpoint));
    stream.put(SHARD, 'a'); // gets 1002
    await clock.advance(ageHours * HOUR_MS);
    const done = run();
    await clock.advance(1_000);
    expect(data).toEqual(['a']);
    expect([await metric(EXPIRED), await metric(MISSING)]).toEqual(counts);
    stop.abort();
    await done;
  });

  it('misses nothing when its record expired and nothing was written since', async () => {
    const { clock, stream, data, run, metric, positions, stop } = reading(at('1'));
    const done = run();
    await clock.advance(HOUR_MS);
    stream.answerNext('getRecords', { kind: 'expired' });
    await clock.advance(5_000);
    stream.put(SHARD, 'a');
    await clock.advance(2_000);
    expect(data).toEqual(['a']);
    expect([await metric(EXPIRED), await metric(MISSING)]).toEqual([0, 0]);
    expect(positions().at(-1)).toEqual({ type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: '1' });
    stop.abort();
    await done;
  });

  it('goes on at TRIM_HORIZON and counts it when its position is refused', async () => {
    const { clock, stream, data, run, metric, positions, stop } = reading(at('5'));
    stream.put(SHARD, 'a');
    stream.answerNext('openIterator', { kind: 'refused', message: 'too old' });
    const done = run();
    await clock.advance(5_000);
    expect(data).toEqual(['a']);
    expect(positions().at(-1)).toEqual({ type: 'TRIM_HORIZON' });
    expect(await metric(EXPIRED)).toBe(1);
    stop.abort();
    await done;
  });

  it('#46 reads nothing of another stream of the same name, which refuses its position', async () => {
    const { clock, stream, reads, run, positions } = reading(at('5'));
    stream.put(SHARD, 'of the new stream');
    stream.answerNext('openIterator', { kind: 'refused', message: 'not of this stream' });
    stream.recreate(1);
    const describe = stream.describe.bind(stream);
    stream.describe = async () => {
      stream.describe = describe;
      throw new FlotillaError('FLOTILLA_THROTTLED', 'the first time');
    };
    stream.answerNext('openIterator', { kind: 'refused', message: 'not of this stream' });
    const done = run();
    await clock.advance(5_000);
    await done;
    expect(reads).toMatchObject([{ kind: 'failed', error: expect.any(StopShard) }]);
    expect(positions()).toEqual([at('5'), at('5')]);
  });

  it('tells of a pause as long as the retention, after which the next record may not be the next', async () => {
    const { clock, stream, reader, metric } = reading();
    const never = new AbortController().signal;
    stream.put(SHARD, 'a');
    await reader.read(never);
    stream.put(SHARD, 'b');
    await clock.advance(24 * HOUR_MS); // the processor sleeps
    await reader.read(never);
    expect(await metric(EXPIRED)).toBe(1);
  });
});

describe('the lag of a shard', () => {
  const HOUR_MS = 3_600_000;
  const RATIO = 'flotilla_consumer_retention_used_ratio';

  it('is held against the retention, also while the shard is not read', async () => {
    const { clock, stream, reader, metric } = reading({ type: 'TRIM_HORIZON' }, { recordsMax: 1 });
    const never = new AbortController().signal;
    expect(await metric(RATIO)).toBe(0);
    stream.put(SHARD, 'a');
    stream.put(SHARD, 'b');
    await clock.advance(6 * HOUR_MS);
    await reader.read(never);
    expect(await metric(RATIO)).toBeCloseTo(0.25);
    await clock.advance(6 * HOUR_MS);
    expect(await metric(RATIO)).toBeCloseTo(0.5);
    await reader.read(never);
    expect(await metric(RATIO)).toBeCloseTo(0);
  });

  it('is warned of once when it passes half of the retention, and again when the shard had caught up', async () => {
    const warnings: number[] = [];
    const known = { retentionMs: () => 24 * HOUR_MS } as KnownStream;
    const telemetry = { retentionRunsOut: (_shard, behindMs) => warnings.push(behindMs) } as Partial<ShardsTelemetry>;
    const watch = new RetentionWatch(SHARD, {
      known,
      clock: new VirtualClock(),
      telemetry: telemetry as ShardsTelemetry,
    });
    for (const hours of [0, 11, 12, 13, 7, 12, 5, 11, 12]) {
      const millisBehindLatest = hours * HOUR_MS;
      watch.read({ kind: 'records', records: [], nextIterator: 'next', children: [], millisBehindLatest }, 0);
    }
    expect(warnings).toEqual([12 * HOUR_MS, 12 * HOUR_MS]);
  });
});

it('#49 two applications at one shard both read all of it, and the calls of each stay within five a second', async () => {
  const clock = new VirtualClock();
  const stream = new FakeStream(clock, 1);
  stream.callsPerSecondMax = 5;
  const known = new KnownStream(stream.description as StreamDescription, { stream, clock });
  const RECORDS = 200;
  const put = Array.from({ length: RECORDS }, (_, i) => stream.put(SHARD, String(i)));
  const stop = new AbortController();
  const applications = [1, 2].map((seed) => {
    const calls: number[] = [];
    const read: string[] = [];
    const counted: Stream = {
      openIterator: (shardId, position) => stream.openIterator(shardId, position),
      describe: () => stream.describe(),
      getRecords: (iterator, recordsMax) => {
        calls.push(clock.monotonicMs());
        return stream.getRecords(iterator, recordsMax);
      },
    };
    const reader = new ShardReader(
      SHARD,
      { type: 'TRIM_HORIZON' },
      {
        ...{ stream: counted, known, clock, random: seededRandom(seed), idleMs: 1_000, recordsMax: 1 },
        memory: new ByteBudget(2 * ANSWER_BYTES_MAX),
        telemetry: createShardsTelemetry(createMetrics(), silentLogger),
      },
    );
    const run = async (): Promise<void> => {
      for (let got = await reader.read(stop.signal); got?.kind === 'records'; got = await reader.read(stop.signal)) {
        read.push(...got.records.map(({ sequenceNumber }) => sequenceNumber));
        got.reservation.release();
      }
    };
    return { calls, read, done: run() };
  });
  await clock.advance(10 * 60_000);
  stop.abort();
  for (const { calls, read, done } of applications) {
    await done;
    expect(read).toEqual(put);
    for (const ms of calls) expect(calls.filter((at) => at >= ms && at < ms + 1_000).length).toBeLessThanOrEqual(5);
  }
});
