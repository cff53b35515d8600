import { ShardWorld, type Behaviour, type ConsumerUnderTest } from '../../test/shard-world';

const S0 = 'shardId-000000000000';
const INTERVAL_MS = 10_000;

const consume = (world: ShardWorld, behaviour: Behaviour = {}, owner = 'me'): Promise<ConsumerUnderTest> =>
  world.consume(S0, behaviour, { owner, settings: { checkpointIntervalMs: INTERVAL_MS } });

describe('automatic checkpoints', () => {
  it('are made after the interval, of all that is processed, also when nothing comes any more', async () => {
    const world = new ShardWorld();
    await consume(world);
    world.stream.put(S0, 'a');
    const last = world.stream.put(S0, 'b');
    await world.clock.advance(INTERVAL_MS - 1_000);
    expect(world.at(S0)).toBe('TRIM_HORIZON');
    await world.clock.advance(2_000);
    expect(world.at(S0)).toBe(last);
    await world.clock.advance(10 * INTERVAL_MS);
    expect(world.effects.filter((effect) => effect.startsWith('checkpoint'))).toHaveLength(1);
  });

  it('are none unless they are asked for', async () => {
    const world = new ShardWorld();
    const { consumer } = await world.consume(S0);
    world.stream.put(S0, 'a');
    await world.clock.advance(3_600_000);
    consumer.stop();
    await world.clock.advance(0);
    expect(world.at(S0)).toBe('TRIM_HORIZON');
  });

  it('wait a whole interval after one that the processor made', async () => {
    const world = new ShardWorld();
    let count = 0;
    await consume(world, { processRecords: ({ checkpointer }) => (count++ === 0 ? checkpointer.checkpoint() : null) });
    await world.clock.advance(INTERVAL_MS - 1_000);
    const first = world.stream.put(S0, 'a');
    await world.clock.advance(1_000);
    const second = world.stream.put(S0, 'b');
    await world.clock.advance(INTERVAL_MS - 2_000);
    expect(world.at(S0)).toBe(first);
    await world.clock.advance(3_000);
    expect(world.at(S0)).toBe(second);
  });

  it('are never made while a prepared one waits for its commit', async () => {
    const world = new ShardWorld();
    const first = world.stream.put(S0, 'a');
    const { consumer } = await consume(world, {
      processRecords: ({ checkpointer }) => checkpointer.prepareCheckpoint(first, 0, Buffer.from('plan')),
    });
    await world.clock.advance(5 * INTERVAL_MS);
    consumer.stop();
    await world.clock.advance(0);
    expect(world.at(S0)).toBe(`TRIM_HORIZON (${first} pending)`);
  });

  it('never pass over a batch that is not processed, also when the shard is let go in the middle of it', async () => {
    const world = new ShardWorld();
    const good = world.stream.put(S0, 'good');
    const { consumer, over } = await consume(world, {
      processRecords: ({ records }) => {
        if (records[0]?.bytes.toString() === 'bad') throw new Error('no');
      },
    });
    await world.clock.advance(INTERVAL_MS + 2_000);
    world.stream.put(S0, 'bad');
    await world.clock.advance(5 * INTERVAL_MS);
    consumer.stop();
    await world.clock.advance(0);
    await over;
    expect(world.at(S0)).toBe(good);
  });

  it('spare a child without a checkpoint that moves to another owner the replay from its start', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    world.stream.put(S0, 'b');
    const first = await consume(world);
    await world.clock.advance(500);
    first.consumer.stop();
    await world.clock.advance(0);
    await first.over;
    world.stream.put(S0, 'c');
    await consume(world, {}, 'you');
    await world.clock.advance(2_000);
    expect(world.effects).toEqual([
      'take s0 1',
      'me s0: initialize at TRIM_HORIZON',
      'me s0: records a b',
      'me s0: shutdownRequested',
      'checkpoint s0 2',
      'evict s0 3',
      'me s0: leaseLost',
      'take s0 4',
      'you s0: initialize at 1003',
      'you s0: records c',
    ]);
  });

  it('leave it to the shard to go on when a lease is lost meanwhile', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    const { held, over } = await consume(world, {
      processRecords: async () => {
        await world.clock.sleep(INTERVAL_MS);
        held.drop('fenced');
      },
    });
    await world.clock.advance(2 * INTERVAL_MS);
    expect(await over).toBeUndefined();
    expect(world.effects.at(-1)).toBe('me s0: leaseLost');
    expect(world.at(S0)).toBe('TRIM_HORIZON');
  });
});
