import { ShardWorld, type Behaviour } from '../../test/shard-world';
import type { ShardSettings } from './config';

const S0 = 'shardId-000000000000';

/** A processor that hangs on its first batch until it is let go on; a minute later that is slow. */
async function hanging(callbackSlowAction: ShardSettings['callbackSlowAction']) {
  const world = new ShardWorld();
  world.stream.put(S0, 'a');
  let goOn = (): void => undefined;
  const behaviour: Behaviour = { processRecords: () => new Promise<void>((resolve) => (goOn = resolve)) };
  const one = await world.consume(S0, behaviour, { settings: { callbackSlowAction } });
  await world.clock.advance(59_999);
  expect(one.held.isValid()).toBe(true);
  await world.clock.advance(1);
  return { world, one, goOn: () => goOn() };
}

describe('a callback that takes too long', () => {
  it('#51 is reported, and by default the lease is kept for as long as it takes', async () => {
    const { world, one, goOn } = await hanging('report');
    await world.clock.advance(600_000);
    expect(await world.metric('flotilla_consumer_callbacks_slow_total{callback="processRecords"}')).toBe(1);
    expect(one.held.isValid()).toBe(true);
    expect(world.fatal).toEqual([]);
    goOn();
    one.consumer.stop();
    await world.clock.advance(0);
    expect(world.effects.slice(-3)).toEqual(['me s0: shutdownRequested', 'evict s0 2', 'me s0: leaseLost']);
  });

  it('costs the lease when it is to be released: a peer reads on, the late checkpoint fails, leaseLost is the last', async () => {
    const { world, one, goOn } = await hanging('release');
    expect(one.held.isValid()).toBe(false);
    expect(one.checkpointer().ended.aborted).toBe(true);
    await world.consume(S0, { processRecords: ({ checkpointer }) => checkpointer.checkpoint() }, { owner: 'you' });
    await world.clock.advance(0);
    await expect(one.checkpointer().checkpoint()).rejects.toMatchObject({ name: 'ShutdownException' });
    goOn();
    await world.clock.advance(0);
    expect(await one.over).toBeUndefined();
    expect(world.effects).toEqual([
      'take s0 1',
      'me s0: initialize at TRIM_HORIZON',
      'me s0: records a',
      'evict s0 2',
      'take s0 3',
      'you s0: initialize at TRIM_HORIZON',
      'you s0: records a',
      'checkpoint s0 4',
      'me s0: leaseLost',
    ]);
  });

  it('is the last one of a lease that is let go, also when it returns before the row is', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    world.stream.put(S0, 'b');
    world.table.fault = ({ write }) => (write?.kind === 'evict' ? { after: world.clock.sleep(1_000) } : undefined);
    const behaviour: Behaviour = { processRecords: () => world.clock.sleep(60_500) };
    const settings = { callbackSlowAction: 'release', fetchRecordsMax: 1 } as const;
    const { over } = await world.consume(S0, behaviour, { settings });
    await world.clock.advance(120_000);
    expect(await over).toBeUndefined();
    expect(world.effects.slice(1)).toEqual([
      'me s0: initialize at TRIM_HORIZON',
      'me s0: records a',
      'evict s0 2',
      'me s0: leaseLost',
    ]);
  });

  it('ends the process when it is to crash', async () => {
    const { world, one } = await hanging('crash');
    expect(world.fatal).toEqual([expect.objectContaining({ code: 'FLOTILLA_CALLBACK_STUCK' })]);
    expect(one.held.isValid()).toBe(true);
  });
});
