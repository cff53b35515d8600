import { at } from '../../test/lease-builders';
import { ShardWorld, type Behaviour } from '../../test/shard-world';

const S0 = 'shardId-000000000000';

/** A row at its first record, with the second one prepared by an earlier owner. */
function withPending() {
  const world = new ShardWorld();
  const [first = '', second = '', third = ''] = ['a', 'b', 'c'].map((word) => world.stream.put(S0, word));
  world.putLease(S0, { checkpoint: at(first), pending: { checkpoint: at(second), state: Buffer.from('plan') } });
  return { world, first, second, third };
}

describe('a read that brings no records', () => {
  const calls = (world: ShardWorld): number => world.effects.filter((effect) => effect.includes(': records')).length;

  it('is not told to the processor', async () => {
    const world = new ShardWorld();
    await world.consume(S0);
    await world.clock.advance(5_500);
    expect(calls(world)).toBe(0);
  });

  it('is told to it when the settings say so, and it may checkpoint then: the range stays as it was', async () => {
    const world = new ShardWorld();
    const only = world.stream.put(S0, 'a');
    let times = 0;
    const behaviour: Behaviour = {
      processRecords: ({ records, checkpointer }) =>
        records.length === 0 && ++times === 3 ? checkpointer.checkpoint() : null,
    };
    await world.consume(S0, behaviour, { settings: { callWithoutRecords: true } });
    await world.clock.advance(2_500);
    expect(world.at(S0)).toBe('TRIM_HORIZON');
    await world.clock.advance(3_000);
    expect(calls(world)).toBeGreaterThan(5);
    expect(world.at(S0)).toBe(only);
  });
});

describe('a pending checkpoint and a processor that ignores it', () => {
  const ignoring: Behaviour = { pending: 'ignore' };

  it('is not given to it and does not stop the shard: reading goes on at the checkpoint', async () => {
    const { world, first, second } = withPending();
    await world.consume(S0, ignoring);
    await world.clock.advance(0);
    expect(world.effects).toEqual(['take s0 1', `me s0: initialize at ${first}`, 'me s0: records b c']);
    expect(world.at(S0)).toBe(`${first} (${second} pending)`);
  });

  it('goes with its next checkpoint, as in the Java client', async () => {
    const { world, third } = withPending();
    await world.consume(S0, { ...ignoring, processRecords: ({ checkpointer }) => checkpointer.checkpoint() });
    await world.clock.advance(0);
    expect(world.at(S0)).toBe(third);
  });

  it('goes with the checkpoint of the end too', async () => {
    const { world } = withPending();
    await world.consume(S0, ignoring);
    world.stream.split(S0);
    await world.clock.advance(5_000);
    expect(world.at(S0)).toBe('SHARD_END');
  });
});
