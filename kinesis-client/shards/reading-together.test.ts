import { ShardWorld, short } from '../../test/shard-world';
import type { FakeStream } from '../../test/fake-stream';
import { ANSWER_BYTES_MAX } from './stream';

const SHARDS = 500;

/** Every answer of the stream takes its time. */
function slowDown(stream: FakeStream, world: ShardWorld, ms: number): void {
  const getRecords = stream.getRecords.bind(stream);
  stream.getRecords = async (...call) => {
    await world.clock.sleep(ms);
    return getRecords(...call);
  };
}

const callsOf = (world: ShardWorld): Map<string, number[]> => {
  const calls = new Map<string, number[]>();
  for (const { operation, shardId, atMs } of world.stream.calls)
    if (operation === 'getRecords') calls.set(shardId, [...(calls.get(shardId) ?? []), atMs]);
  return calls;
};

describe('five hundred shards of one process', () => {
  it('are each read about once a second while nothing comes, though each answer takes 100 ms', async () => {
    const world = new ShardWorld(SHARDS);
    slowDown(world.stream, world, 100);
    for (const shardId of world.stream.shardIds) await world.consume(shardId);
    await world.clock.advance(15_000);
    for (const [, at] of callsOf(world)) {
      const later = at.filter((ms) => ms > 10_000); // the first answers may be large: six shards at a time
      const gaps = later.slice(1).map((ms, i) => ms - (later[i] as number));
      expect(later.length).toBeGreaterThanOrEqual(4);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(1_200);
    }
  });

  it('are read some thirty at a time, not six, while they catch up over hours in which nothing came', async () => {
    const world = new ShardWorld(SHARDS);
    slowDown(world.stream, world, 100);
    const getRecords = world.stream.getRecords.bind(world.stream);
    world.stream.getRecords = async (...call) => {
      const answer = await getRecords(...call);
      return answer.kind === 'records' ? { ...answer, millisBehindLatest: 3_600_000 } : answer;
    };
    for (const shardId of world.stream.shardIds) await world.consume(shardId);
    await world.clock.advance(13_000);
    const later = world.stream.calls.filter(({ operation, atMs }) => operation === 'getRecords' && atMs > 10_000);
    expect(later.length / 3).toBeGreaterThanOrEqual(300); // a second
  });

  it('#57 hold no more than the budget when each has 10 MB and its processor is stuck; and all go on when they do', async () => {
    const world = new ShardWorld(SHARDS);
    const tenMegabytes = new Uint8Array(ANSWER_BYTES_MAX); // one buffer, told five hundred times
    for (const shardId of world.stream.shardIds) world.stream.put(shardId, tenMegabytes);
    let goOn = (): void => undefined;
    const stuck = new Promise<void>((resolve) => (goOn = resolve));
    const processed = new Set<string>();
    const peak = { bytes: 0 };
    const look = (): void => void (peak.bytes = Math.max(peak.bytes, world.memory.bytesUsed));
    for (const shardId of world.stream.shardIds) {
      await world.consume(shardId, {
        processRecords: async () => {
          look();
          await stuck;
          processed.add(short(shardId));
        },
      });
    }
    await world.clock.advance(60_000);
    look();
    expect([processed.size, world.stream.calls.filter(({ operation }) => operation === 'getRecords').length]).toEqual([
      0, 6,
    ]);
    goOn();
    for (let step = 0; step < 20 && processed.size < SHARDS; step++) {
      await world.clock.advance(10);
      look();
    }
    expect(processed.size).toBe(SHARDS);
    expect(peak.bytes).toBeLessThanOrEqual(world.memory.bytesMax);
    expect(world.memory.bytesUsed).toBeLessThan(ANSWER_BYTES_MAX);
  });

  it('do not keep the others waiting when a few are behind: what is given back goes to who asked first', async () => {
    const world = new ShardWorld(20);
    const megabyte = new Uint8Array(1024 * 1024);
    const [busy, ...idle] = world.stream.shardIds as [string, ...string[]];
    for (let i = 0; i < 200; i++) world.stream.put(busy, megabyte);
    slowDown(world.stream, world, 50);
    for (const shardId of world.stream.shardIds)
      await world.consume(shardId, {}, { settings: { fetchRecordsMax: 10 } });
    await world.clock.advance(60_000);
    const calls = callsOf(world);
    for (const shardId of idle) expect((calls.get(shardId) ?? []).length).toBeGreaterThanOrEqual(55);
    expect((calls.get(busy) ?? []).length).toBeGreaterThanOrEqual(12); // 2 MB a second and 10 MB at once
  });
});
