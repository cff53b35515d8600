import { seededRandom } from '../../runtime/random';
import { refill, startPace, type Pace } from './pace';

/** Sends whatever may be sent, and says how much that was. */
const spend = (pace: Pace): { sent: number; pace: Pace } => {
  const sent = Math.floor(pace.credit);
  return { sent, pace: { ...pace, credit: pace.credit - sent } };
};

describe('the pace', () => {
  it('lets the first event go at once', () => {
    expect(spend(startPace(1_000)).sent).toBe(1);
  });

  it.each([0.1, 1, 7, 100, 400, 12_345])('keeps %d events a second, however uneven the ticks', (rate) => {
    const random = seededRandom(7);
    const endMs = 60_000;
    let { sent, pace } = spend(startPace(0));
    for (let nowMs = 0; nowMs < endMs;) {
      nowMs = Math.min(endMs, nowMs + 1 + random.integer(200));
      const step = spend(refill(pace, rate, nowMs));
      sent += step.sent;
      pace = step.pace;
    }
    expect(sent).toBeLessThanOrEqual((endMs / 1_000) * rate + 1);
    expect(sent).toBeGreaterThanOrEqual(Math.floor((endMs / 1_000) * rate * 0.999));
  });

  it('does not make up for a long stall by a burst', () => {
    expect(spend(refill(startPace(0), 400, 3_600_000)).sent).toBe(101);
  });

  it('lets an event go after any stall, however low the rate', () => {
    expect(spend(refill({ credit: 0, atMs: 0 }, 0.1, 3_600_000)).sent).toBe(1);
  });
});
