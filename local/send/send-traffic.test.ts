/** The real tracker against a collector that is a function, on virtual time. */
import { VirtualClock } from '../../runtime/virtual-clock';
import { seededRandom } from '../../runtime/random';
import { sendTraffic, type TrafficOptions } from './send-traffic';
import { waiting, type Tally } from './tally';

type Answer = number | 'refused connection' | 'silence';

/** Answers as it is told to, and remembers what it has accepted. */
class FakeCollector {
  readonly accepted: { eventId: string; user: string; createdMs: number }[] = [];
  requests = 0;
  answer: (events: number) => Answer = () => 200;

  fetch = async (request: Request, { signal }: RequestInit): Promise<Response> => {
    this.requests++;
    const { data } = (await request.json()) as { data: { eid: string; duid: string; dtm: string }[] };
    const answer = this.answer(data.length);
    if (answer === 'refused connection') throw new TypeError('connect ECONNREFUSED');
    if (answer === 'silence') {
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
    }
    if (answer < 300) {
      this.accepted.push(...data.map(({ eid, duid, dtm }) => ({ eventId: eid, user: duid, createdMs: Number(dtm) })));
    }
    return new Response('', { status: answer });
  };
}

const TICK_MS = 20;
const SENT_WITHIN_TICKS = 6_000;

/** A `flotilla send` on virtual time: `at` is called before each tick. */
async function run(
  collector: FakeCollector,
  options: Partial<TrafficOptions>,
  at: (nowMs: number, signals: { stop: AbortController; hurry: AbortController }) => void = () => undefined,
) {
  const clock = new VirtualClock();
  const signals = { stop: new AbortController(), hurry: new AbortController() };
  const progress: Tally[] = [];
  let result: Awaited<ReturnType<typeof sendTraffic>> | undefined;
  void sendTraffic(
    { events: 100, rate: 1_000, collector: 'http://collector.test/', giveUpAfterMs: 10_000, ...options },
    {
      clock,
      random: seededRandom(1),
      fetch: collector.fetch,
      stop: signals.stop.signal,
      hurry: signals.hurry.signal,
      onProgress: (tally) => progress.push(tally),
    },
  ).then((ended) => (result = ended));
  for (let tick = 0; result === undefined; tick++) {
    if (tick > SENT_WITHIN_TICKS) throw new Error(`did not end: ${JSON.stringify(progress.at(-1))}`);
    at(clock.monotonicMs(), signals);
    await clock.advance(TICK_MS);
    await letTrackersAnswer();
  }
  return { ...result, progress, tookMs: clock.monotonicMs() };
}

/** The tracker reads its store and tells of an answer through timers of 0 ms and promises: none of it takes time. */
async function letTrackersAnswer(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((next) => setTimeout(next, 0));
}

const ids = (collector: FakeCollector): Set<string> => new Set(collector.accepted.map(({ eventId }) => eventId));

describe('sendTraffic', () => {
  it('sends every event once, at its rate, and ends when all are accepted', async () => {
    const collector = new FakeCollector();
    const { tally, fault, tookMs, progress } = await run(collector, { events: 150, rate: 100 });
    expect(tally).toEqual({ asked: 150, tracked: 150, accepted: 150, refused: 0 });
    expect(fault).toBeNull();
    expect(collector.accepted).toHaveLength(150);
    expect(ids(collector).size).toBe(150);
    expect(tookMs).toBeGreaterThan(1_400);
    expect(tookMs).toBeLessThan(2_000);
    expect(progress.every(({ accepted }, i) => accepted >= (progress[i - 1]?.accepted ?? 0))).toBe(true);
  });

  it('does not wait for a full buffer: at a low rate events arrive soon', async () => {
    const collector = new FakeCollector();
    const { tally, tookMs } = await run(collector, { events: 3, rate: 1 });
    expect(tally.accepted).toBe(3);
    expect(tookMs).toBeLessThan(2_700);
  });

  it("keeps each visitor's events in their order", async () => {
    const collector = new FakeCollector();
    await run(collector, { events: 400 });
    const byUser = new Map<string, number[]>();
    for (const { user, createdMs } of collector.accepted) {
      byUser.set(user, [...(byUser.get(user) ?? []), createdMs]);
    }
    for (const times of byUser.values()) expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it.each([
    ['refused connection', 'connect ECONNREFUSED'],
    [503, 'status 503'],
  ] as const)('sends again what was not accepted during an outage (%s)', async (answer, reason) => {
    const collector = new FakeCollector();
    const { tally, fault } = await run(collector, { events: 150, rate: 100 }, (nowMs) => {
      collector.answer = () => (nowMs > 500 && nowMs < 2_500 ? answer : 200);
    });
    expect(tally).toEqual({ asked: 150, tracked: 150, accepted: 150, refused: 0 });
    expect(fault).toBe(reason);
    expect(ids(collector).size).toBe(150);
  });

  it('does not let a tracker drop events: it stops tracking until the collector is back, and then goes on', async () => {
    const collector = new FakeCollector();
    const { tally, progress } = await run(collector, { events: 6_000, rate: 5_000 }, (nowMs) => {
      collector.answer = () => (nowMs < 2_000 ? 'refused connection' : 200);
    });
    expect(tally).toEqual({ asked: 6_000, tracked: 6_000, accepted: 6_000, refused: 0 });
    expect(ids(collector).size).toBe(6_000);
    expect(Math.max(...progress.map(waiting))).toBeLessThanOrEqual(8 * 500);
  });

  it('gives up when nothing is accepted for too long, and says what the collector said', async () => {
    const collector = new FakeCollector();
    collector.answer = () => 500;
    const { tally, fault, tookMs } = await run(collector, { giveUpAfterMs: 2_000 });
    expect(tally).toEqual({ asked: 100, tracked: 100, accepted: 0, refused: 0 });
    expect(fault).toBe('status 500');
    expect(tookMs).toBeLessThan(2_100);
  });

  it('counts what the collector refuses for good, and does not send it again', async () => {
    const collector = new FakeCollector();
    const said = jest.spyOn(console, 'error').mockReturnValue(); // the tracker says each refusal aloud
    let seen = 0;
    collector.answer = (events) => ((seen += events), 403);
    const { tally, tookMs } = await run(collector, {});
    expect(tally).toEqual({ asked: 100, tracked: 100, accepted: 0, refused: 100 });
    expect(seen).toBe(100);
    said.mockRestore();
    expect(tookMs).toBeLessThan(1_000);
  });

  it('after Ctrl-C tracks nothing more and waits for the answers to what was sent', async () => {
    const collector = new FakeCollector();
    const { tally, tookMs } = await run(collector, { events: 1_000, rate: 100 }, (nowMs, { stop }) => {
      if (nowMs >= 500) stop.abort();
    });
    expect(tally.tracked).toBeLessThanOrEqual(52);
    expect(tally.accepted).toBe(tally.tracked);
    expect(collector.accepted).toHaveLength(tally.tracked);
    expect(tookMs).toBeLessThan(700);
  });

  it('after Ctrl-C does not wait long for a collector that is silent; after a second one not at all', async () => {
    const silent = new FakeCollector();
    silent.answer = () => 'silence';
    const once = await run(silent, {}, (nowMs, { stop }) => nowMs >= 500 && stop.abort());
    expect(once.tookMs).toBeLessThan(3_600);
    const twice = await run(silent, {}, (nowMs, { stop, hurry }) => {
      if (nowMs >= 500) stop.abort();
      if (nowMs >= 600) hurry.abort();
    });
    expect(twice.tookMs).toBeLessThan(700);
    expect(twice.tally).toMatchObject({ accepted: 0, refused: 0 });
  });
});
