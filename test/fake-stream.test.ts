import { VirtualClock } from '../runtime/virtual-clock';
import { FakeStream } from './fake-stream';
import { testStreamConformance } from './stream-conformance';

testStreamConformance('the fake stream', async () => {
  const clock = new VirtualClock();
  const stream = new FakeStream(clock, 2);
  return {
    stream,
    shards: stream,
    put: async (shard, data) => stream.put(shard.shardId, data),
    split: async (shard) => void stream.split(shard.shardId),
    merge: async (shard, adjacent) => void stream.merge(shard.shardId, adjacent.shardId),
    pass: (ms) => clock.advance(ms),
  };
});

describe('the fake stream', () => {
  it('lets an iterator expire after five minutes and throttles above its rate', async () => {
    const clock = new VirtualClock();
    const stream = new FakeStream(clock, 1);
    stream.callsPerSecondMax = 2;
    const opened = await stream.openIterator(stream.shardIds[0] as string, { type: 'TRIM_HORIZON' });
    const iterator = opened.kind === 'iterator' ? opened.iterator : '';
    const kinds: string[] = [];
    for (let i = 0; i < 3; i++) kinds.push((await stream.getRecords(iterator, 1)).kind);
    expect(kinds).toEqual(['records', 'records', 'throttled']);
    await clock.advance(300_001);
    expect(await stream.getRecords(iterator, 1)).toEqual({ kind: 'expired' });
  });
});
