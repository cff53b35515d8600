/** Aggregates of the KPL on their whole way: from the stream to a processor, and checkpoints in their middle. */
import { ShardWorld, type Behaviour } from '../../test/shard-world';
import { aggregate, type UserRecord } from './aggregated-record';

const S0 = 'shardId-000000000000';
const lowerHalf = { start: '0', end: String(2n ** 127n - 1n) };
const upper = String(2n ** 127n);

const user = (text: string, explicitHashKey = '0'): UserRecord => ({
  partitionKey: text,
  explicitHashKey,
  data: Buffer.from(text),
});
const ten = aggregate(Array.from('0123456789', (text) => user(text)));
const delivered = (world: ShardWorld): string[] =>
  world.effects.filter((effect) => effect.includes('records')).map((effect) => effect.split('records ')[1] as string);

/** Runs the shard on its own until nothing more comes, then stops it. */
async function run(world: ShardWorld, behaviour: Behaviour): Promise<void> {
  const { consumer, over } = await world.consume(S0, behaviour);
  await world.clock.advance(2_000);
  consumer.stop();
  await world.clock.advance(2_000);
  expect(await over).toBeUndefined();
}

describe('aggregates in a shard', () => {
  it('#60 a checkpoint at (sequence number, 3) of ten: the next owner goes on at index 4', async () => {
    const world = new ShardWorld();
    const at = world.stream.put(S0, ten);
    await run(world, { processRecords: ({ checkpointer }) => checkpointer.checkpoint(at, 3) });
    expect(world.table.lease(S0)?.checkpoint).toEqual({ sequenceNumber: at, subSequenceNumber: 3 });
    await run(world, {});
    expect(delivered(world)).toEqual(['0 1 2 3 4 5 6 7 8 9', '4 5 6 7 8 9']);
    expect(world.stream.calls.filter(({ position }) => position)[1]?.position).toEqual({
      type: 'AT_SEQUENCE_NUMBER',
      sequenceNumber: at,
    });
  });

  it('a checkpoint without a position stores the last index, one with a sequence number alone index 0, as in Java', async () => {
    const world = new ShardWorld();
    const at = world.stream.put(S0, ten);
    await run(world, { processRecords: ({ checkpointer }) => checkpointer.checkpoint(at) });
    expect(world.table.lease(S0)?.checkpoint.subSequenceNumber).toBe(0);
    await run(world, { processRecords: ({ checkpointer }) => checkpointer.checkpoint() });
    expect(world.table.lease(S0)?.checkpoint.subSequenceNumber).toBe(9);
    await run(world, {});
    expect(delivered(world)).toEqual(['0 1 2 3 4 5 6 7 8 9', '1 2 3 4 5 6 7 8 9']);
  });

  it('#54 a prepared checkpoint inside an aggregate comes back with its index and state; commit clears it', async () => {
    const world = new ShardWorld();
    const at = world.stream.put(S0, ten);
    await run(world, {
      pending: true,
      processRecords: ({ checkpointer }) => checkpointer.prepareCheckpoint(at, 6, Buffer.from('plan')),
    });
    const pending: unknown[] = [];
    await run(world, {
      pending: true,
      initialize: async (input) => {
        const { sequenceNumber, subSequenceNumber, state } = input.pending ?? {};
        pending.push([sequenceNumber, subSequenceNumber, state?.toString()]);
        await input.pending?.commit();
      },
    });
    expect(pending).toEqual([[at, 6, 'plan']]);
    expect(world.table.lease(S0)).toMatchObject({ checkpoint: { sequenceNumber: at, subSequenceNumber: 6 } });
    expect(world.table.lease(S0)?.pending).toBeUndefined();
    expect(delivered(world)[1]).toBe('7 8 9');
  });

  it('#68 a state prepared without a position after an aggregate of 6 stands at index 5; after its commit nothing of it comes again', async () => {
    const world = new ShardWorld();
    const at = world.stream.put(S0, aggregate(Array.from('abcdef', (text) => user(text))));
    const pending: unknown[] = [];
    await run(world, {
      pending: true,
      processRecords: async ({ checkpointer }) => {
        const { commit } = await checkpointer.prepareCheckpoint(Buffer.from('plan'));
        pending.push(world.table.lease(S0)?.pending?.checkpoint);
        await commit();
      },
    });
    expect(pending).toEqual([{ sequenceNumber: at, subSequenceNumber: 5 }]);
    expect(world.table.lease(S0)?.checkpoint).toEqual({ sequenceNumber: at, subSequenceNumber: 5 });
    world.stream.put(S0, 'next');
    await run(world, {});
    expect(delivered(world)).toEqual(['a b c d e f', 'next']);
  });

  it('hands on a large answer in several calls, each up to the end of a Kinesis record; a stop comes between two', async () => {
    const world = new ShardWorld();
    const settings = { processRecordsMax: 4 };
    const at = [ten, 'b', ten, 'c'].map((data) => world.stream.put(S0, data));
    const stored: unknown[] = [];
    const { consumer, over } = await world.consume(
      S0,
      {
        processRecords: async ({ records, checkpointer }) => {
          await checkpointer.checkpoint();
          stored.push(world.table.lease(S0)?.checkpoint);
          if (records.length === 11) consumer.stop();
        },
      },
      { settings },
    );
    await world.clock.advance(2_000);
    expect(await over).toBeUndefined();
    expect(stored).toEqual([
      { sequenceNumber: at[0], subSequenceNumber: 9 },
      { sequenceNumber: at[2], subSequenceNumber: 9 },
    ]);
    await run(world, {});
    expect(delivered(world)).toEqual(['0 1 2 3 4 5 6 7 8 9', 'b 0 1 2 3 4 5 6 7 8 9', 'c']);
  });

  it('drops what belongs to another shard, counts it, and lets a checkpoint pass over it', async () => {
    const world = new ShardWorld();
    world.putLease(S0, { hashRange: lowerHalf });
    world.stream.put(S0, aggregate([user('a'), user('b', upper), user('c')]));
    const last = world.stream.put(S0, aggregate([user('d', upper), user('e', upper)]));
    await run(world, { shutdownRequested: ({ checkpointer }) => checkpointer.checkpoint() });
    expect(delivered(world)).toEqual(['a c']);
    expect(world.table.lease(S0)?.checkpoint).toEqual({ sequenceNumber: last, subSequenceNumber: 1 });
    expect(await world.metric('flotilla_consumer_aggregated_records_dropped_total{reason="other-shard"}')).toBe(3);
  });
});
