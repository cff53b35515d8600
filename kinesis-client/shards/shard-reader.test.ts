import { VirtualClock } from '../../runtime/virtual-clock';
import { FakeStream } from '../../test/fake-stream';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom } from '../../runtime/random';
import { ByteBudget } from './byte-budget';
import { ShardReader, type Read } from './shard-reader';
import { ANSWER_BYTES_MAX, type Position } from './stream';
import { createShardsTelemetry } from './telemetry';

const SHARD = 'shardId-000000000000';

/** A stream of one shard, a reader, and what it has read so far, as long as virtual time goes on. */
function reading(start: Position = { type: 'TRIM_HORIZON' }, options: { recordsMax?: number; memory?: number } = {}) {
  const clock = new VirtualClock();
  const stream = new FakeStream(clock, 1);
  const metrics = createMetrics();
  const memory = new ByteBudget(options.memory ?? 2 * ANSWER_BYTES_MAX);
  const reader = new ShardReader(SHARD, start, {
    stream,
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
  return { clock, stream, metrics, memory, reader, stop, reads, data, run, calls, positions };
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

  it('keeps to five calls a second beside another application, and backs off when throttled (scenario 49)', async () => {
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

  it('re-opens after the last record when the iterator has grown old, without loss or repetition (scenario 47)', async () => {
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

  it('opens LATEST once, and from then on at the time of that (scenario 48)', async () => {
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
  ])(
    'discards an answer with %s and asks the same iterator again (scenario 41)',
    async (_what, nextIterator, children) => {
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
    },
  );

  it('goes on at TRIM_HORIZON and counts it when its position is refused', async () => {
    const { clock, stream, data, run, metrics, positions, stop } = reading({
      type: 'AT_SEQUENCE_NUMBER',
      sequenceNumber: '5',
    });
    stream.put(SHARD, 'a');
    stream.answerNext('openIterator', { kind: 'refused', message: 'too old' });
    const done = run();
    await clock.advance(5_000);
    expect(data).toEqual(['a']);
    expect(positions().at(-1)).toEqual({ type: 'TRIM_HORIZON' });
    expect(await metrics.registry.metrics()).toContain('flotilla_consumer_records_possibly_expired_total 1');
    stop.abort();
    await done;
  });

  it.each([
    ['gone', 1],
    ['still there', 0],
  ])('counts possibly expired records when the record of the checkpoint is %s', async (what, count) => {
    const start = what === 'gone' ? '1' : '1002'; // the first record gets 1002
    const { clock, stream, run, metrics, stop } = reading({ type: 'AT_SEQUENCE_NUMBER', sequenceNumber: start });
    stream.put(SHARD, 'a');
    const done = run();
    await clock.advance(1_000);
    expect(await metrics.registry.metrics()).toContain(`flotilla_consumer_records_possibly_expired_total ${count}`);
    stop.abort();
    await done;
  });

  it('reads only when there is memory for an answer, and keeps what it handed out (scenario 57)', async () => {
    const { clock, stream, reader, memory, calls } = reading({ type: 'TRIM_HORIZON' }, { memory: ANSWER_BYTES_MAX });
    const never = new AbortController().signal;
    stream.put(SHARD, 'abc');
    const first = await reader.read(never);
    expect(memory.bytesUsed).toBe(3);
    const second = reader.read(never);
    await clock.advance(10_000);
    expect(calls('getRecords')).toHaveLength(1);
    if (first?.kind === 'records') first.reservation.release();
    await clock.advance(0);
    await second;
    expect(memory.bytesUsed).toBe(0); // an empty answer holds nothing
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
