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
