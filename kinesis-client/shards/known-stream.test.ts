import { VirtualClock } from '../../runtime/virtual-clock';
import { FakeStream } from '../../test/fake-stream';
import { KnownStream } from './known-stream';
import type { StreamDescription } from './stream';

const HOUR_MS = 3_600_000;

function known(ageMs: number) {
  const clock = new VirtualClock();
  const stream = new FakeStream(clock, 1);
  stream.recreate(clock.wallMs() - ageMs);
  return { clock, stream, known: new KnownStream(stream.description as StreamDescription, { stream, clock }) };
}

describe('a shard that the service does not know', () => {
  it('has ended when the stream is still the same and old enough to have lost it', async () => {
    const { known: same } = known(24 * HOUR_MS);
    expect(await same.whyNotEnded()).toBeNull();
  });

  it('#46 has not when the stream is another one of its name, gone, or too young to have lost a shard', async () => {
    const { known: young } = known(24 * HOUR_MS - 1);
    expect((await young.whyNotEnded())?.message).toMatch(/an earlier stream of the same name/);
    for (const createdAtMs of [1, null]) {
      const { known: before, stream } = known(48 * HOUR_MS);
      stream.recreate(createdAtMs);
      expect((await before.whyNotEnded())?.message).toMatch(/deleted, or made anew/);
    }
  });

  it('is the same error for all shards that meet it, after one request when they ask together', async () => {
    const { known: replaced, stream } = known(48 * HOUR_MS);
    stream.recreate(null);
    let requests = 0;
    const describe = stream.describe.bind(stream);
    stream.describe = () => {
      requests++;
      return describe();
    };
    const answers = await Promise.all([1, 2, 3].map(() => replaced.whyNotEnded()));
    expect(new Set(answers).size).toBe(1);
    expect(requests).toBe(1);
    expect(await replaced.whyNotEnded()).toBe(answers[0]);
    expect(requests).toBe(2);
  });
});

describe('the retention', () => {
  it('is asked for again each ten minutes, when somebody wants it', async () => {
    const { known: same, stream, clock } = known(48 * HOUR_MS);
    stream.description = { ...(stream.description as StreamDescription), retentionMs: 168 * HOUR_MS };
    await clock.advance(600_000);
    expect(same.retentionMs()).toBe(24 * HOUR_MS);
    await clock.advance(1);
    expect(same.retentionMs()).toBe(24 * HOUR_MS); // and asks
    await clock.advance(0);
    expect(same.retentionMs()).toBe(168 * HOUR_MS);
  });

  it('stays as it was while the stream does not answer, or is another one', async () => {
    const { known: before, stream, clock } = known(48 * HOUR_MS);
    stream.describe = () => Promise.reject(new Error('down'));
    await clock.advance(700_000);
    before.retentionMs();
    await clock.advance(0);
    expect(before.retentionMs()).toBe(24 * HOUR_MS);
    stream.describe = async () => ({ createdAtMs: 1, retentionMs: 1 });
    await clock.advance(700_000);
    before.retentionMs();
    await clock.advance(0);
    expect(before.retentionMs()).toBe(24 * HOUR_MS);
  });
});
