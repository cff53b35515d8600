import { VirtualClock } from '../../runtime/virtual-clock';
import { FlotillaError } from '../../runtime/errors';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom } from '../../runtime/random';
import { QueueingProducer, type ProducerSettings } from './producer';
import type { StampedRecord } from './put-records';
import { explicitHashKeyOf } from './stamp';
import { createProducerTelemetry } from './telemetry';

const settings: ProducerSettings = {
  requestsInFlightMax: 1,
  queueBytesMax: 1_000,
  requestTimeoutMs: 2_000,
  retryMinMs: 50,
  retryMaxMs: 1_000,
};

type Answer = readonly (string | null)[] | FlotillaError | 'never';

/** A Kinesis that answers as the script says; when the script is over it takes everything. */
function producerWith(script: Answer[], changed: Partial<ProducerSettings> = {}) {
  const clock = new VirtualClock();
  const requests: (readonly StampedRecord[])[] = [];
  const producer = new QueueingProducer(
    async (records, signal) => {
      requests.push(records);
      const answer = script.shift() ?? records.map(() => null);
      if (answer === 'never') {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'timed out');
      }
      if (answer instanceof FlotillaError) throw answer;
      return answer;
    },
    {
      settings: { ...settings, ...changed },
      clock,
      random: seededRandom(1),
      telemetry: createProducerTelemetry(createMetrics(), silentLogger),
    },
  );
  const put = (names: string, timeoutMs = 3_000) =>
    producer
      .put(
        names.split('').map((name) => ({ partitionKey: `user-${name}`, data: Buffer.from(name) })),
        { timeoutMs },
      )
      .then(
        () => 'stored',
        (error: FlotillaError) => error.code,
      );
  const sent = () => requests.map((records) => records.map(({ data }) => Buffer.from(data).toString()).join(''));
  return { clock, producer, put, sent, requests };
}

const unavailable = new FlotillaError('FLOTILLA_UNAVAILABLE', 'reset');

describe('producer', () => {
  it('resolves when Kinesis has every record', async () => {
    const { clock, put, sent } = producerWith([]);
    const result = put('abc');
    await clock.advance(0);
    await expect(result).resolves.toBe('stored');
    expect(sent()).toEqual(['abc']);
  });

  it('gathers the next batch while a request is under way', async () => {
    const { clock, put, sent } = producerWith([]);
    const results = [put('a'), put('b'), put('c')];
    await clock.advance(0);
    await expect(Promise.all(results)).resolves.toEqual(['stored', 'stored', 'stored']);
    expect(sent()).toEqual(['a', 'bc']);
  });

  it('sends only the failed part again, with the same stamps', async () => {
    const { clock, put, sent, requests } = producerWith([[null, 'ProvisionedThroughputExceededException', null]]);
    const result = put('abc');
    await clock.advance(200);
    await expect(result).resolves.toBe('stored');
    expect(sent()).toEqual(['abc', 'b']);
    expect(requests[1]?.[0]?.partitionKey).toBe(requests[0]?.[1]?.partitionKey);
  });

  it('stamps records with one origin and counted numbers, and takes the shard from the partition key', async () => {
    const { clock, put, requests } = producerWith([]);
    void put('ab');
    await clock.advance(0);
    const stamps = requests[0]?.map(({ partitionKey }) => partitionKey.split('.')) ?? [];
    expect(stamps.map(([, number]) => number)).toEqual(['0', '1']);
    expect(new Set(stamps.map(([origin]) => origin)).size).toBe(1);
    expect(requests[0]?.[0]?.explicitHashKey).toBe(explicitHashKeyOf('user-a'));
  });

  it('gives up at the deadline, whatever the request under way does, and does not send again for nobody', async () => {
    const { clock, put, sent, producer } = producerWith(['never', 'never', 'never'], { requestTimeoutMs: 2_500 });
    const result = put('a');
    await clock.advance(2_999);
    expect(sent()).toEqual(['a', 'a']);
    await clock.advance(1);
    await expect(result).resolves.toBe('FLOTILLA_UNAVAILABLE');
    await clock.advance(10_000);
    await producer.flush();
    expect(sent()).toEqual(['a', 'a']);
    expect(clock.sleeping).toBe(0);
  });

  it('tells its health from the last request', async () => {
    const { clock, put, producer } = producerWith([unavailable]);
    const result = put('a');
    await clock.advance(0);
    expect(producer.health()).toContain('reset');
    await clock.advance(100);
    await result;
    expect(producer.health()).toBeNull();
  });

  it('refuses at once when the queue is full, and takes records again when it has drained', async () => {
    const { clock, producer } = producerWith(['never'], { queueBytesMax: 100 });
    const record = { partitionKey: 'k', data: Buffer.alloc(60) };
    const first = producer.put([record], { timeoutMs: 3_000 });
    await expect(producer.put([record], { timeoutMs: 3_000 })).rejects.toMatchObject({ code: 'FLOTILLA_THROTTLED' });
    await clock.advance(2_500);
    await first;
    const again = producer.put([record], { timeoutMs: 3_000 });
    await clock.advance(0);
    await again;
  });

  it('rejects for good what Kinesis refuses for good', async () => {
    const { clock, put } = producerWith([new FlotillaError('FLOTILLA_AWS_REFUSED', 'no such stream')]);
    const result = put('a');
    await clock.advance(0);
    await expect(result).resolves.toBe('FLOTILLA_AWS_REFUSED');
  });

  it('stores every acknowledged record at least once under seeded faults', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const dice = seededRandom(seed);
      const script: Answer[] = Array.from({ length: 30 }, () => (dice.next() < 0.3 ? unavailable : 'never'));
      const { clock, put, sent } = producerWith(dice.next() < 0.5 ? script.slice(0, 2) : [], {
        requestsInFlightMax: 3,
      });
      const names = 'abcdefghij'.split('');
      const results = names.map((name) => put(name, 60_000));
      await clock.advance(60_000);
      const outcomes = await Promise.all(results);
      names.forEach((name, i) => {
        if (outcomes[i] === 'stored')
          expect({ seed, name, in: sent().join('') }).toMatchObject({ in: expect.stringContaining(name) });
      });
      expect(outcomes.every((outcome) => outcome === 'stored')).toBe(true);
    }
  });
});
