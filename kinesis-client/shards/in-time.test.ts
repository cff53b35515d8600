import { ShardWorld } from '../../test/shard-world';
import type { RecordsAnswer, Refusal } from './stream';

const S0 = 'shardId-000000000000';
const settings = { stallMs: 60_000 };

/** From now on every read of the stream gets this, whatever it is. */
function readsGet(world: ShardWorld, answer: () => Promise<RecordsAnswer | Refusal>): void {
  world.stream.getRecords = answer;
}

describe('reading that gives no sign of life', () => {
  it('lets go of the lease, and a peer reads on: nothing is renewed and never read', async () => {
    const world = new ShardWorld();
    const one = await world.consume(S0, {}, { settings });
    world.stream.put(S0, 'a');
    await world.clock.advance(1_000);
    const { getRecords } = world.stream;
    readsGet(world, () => new Promise(() => undefined));
    await world.clock.advance(59_000);
    expect(one.held.isValid()).toBe(true);
    await world.clock.advance(3_000);
    expect(await one.over).toBeUndefined();
    expect(world.effects.slice(-2)).toEqual(['evict s0 2', 'me s0: leaseLost']);
    expect(await world.metric('flotilla_consumer_dead_readings_total')).toBe(1);

    world.stream.getRecords = getRecords;
    await world.consume(S0, {}, { owner: 'you' });
    await world.clock.advance(0);
    expect(world.effects.at(-1)).toBe('you s0: records a');
  });

  it('is not the same as a stream that answers and gives nothing: the lease is kept', async () => {
    const world = new ShardWorld();
    const one = await world.consume(S0, {}, { settings });
    await world.clock.advance(1_000);
    readsGet(world, async () => ({ kind: 'unavailable', cause: new Error('down') }));
    await world.clock.advance(600_000);
    expect(one.held.isValid()).toBe(true);
  });

  it('is not the same as a processor that takes long', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    const one = await world.consume(S0, { processRecords: () => world.clock.sleep(300_000) }, { settings });
    await world.clock.advance(600_000);
    expect(one.held.isValid()).toBe(true);
    expect(await world.metric('flotilla_consumer_dead_readings_total')).toBe(0);
  });
});
