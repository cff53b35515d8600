import type { FakeStream } from '../../test/fake-stream';
import { ShardWorld, type Behaviour } from '../../test/shard-world';
import type { KeptLease } from '../leases/held-lease';
import type { Lease } from '../leases/lease';
import { startingHandOff } from '../leases/lease-writes';
import type { Checkpointer } from './checkpointer';
import { StopShard } from './record-processor';

const S0 = 'shardId-000000000000';
const S1 = 'shardId-000000000001';
const checkpointing: Behaviour = { processRecords: ({ checkpointer }) => checkpointer.checkpoint() };
const words = (effects: string[]): string[] =>
  effects
    .filter((effect) => effect.includes(': records'))
    .flatMap((effect) => effect.split('records ')[1]?.split(' ') ?? []);

describe('a shard from its start to a stop', () => {
  it('asks for its first iterator only when initialize has returned', async () => {
    const world = new ShardWorld();
    let initialized = (): void => undefined;
    await world.consume(S0, { initialize: () => new Promise<void>((resolve) => (initialized = resolve)) });
    await world.clock.advance(60_000);
    expect(world.stream.calls).toEqual([]);
    initialized();
    await world.clock.advance(0);
    expect(world.stream.calls.map((call) => call.operation)).toEqual(['openIterator', 'getRecords']);
  });

  it('gives records in order, each once, and checkpoints what was delivered', async () => {
    const world = new ShardWorld();
    const { consumer, over } = await world.consume(S0, checkpointing);
    world.stream.put(S0, 'a');
    world.stream.put(S0, 'b');
    await world.clock.advance(1_000);
    const last = world.stream.put(S0, 'c');
    await world.clock.advance(1_000);
    consumer.stop();
    await world.clock.advance(0);
    expect(await over).toBeUndefined();
    expect(world.effects).toEqual([
      'take s0 1',
      'me s0: initialize at TRIM_HORIZON',
      'me s0: records a b',
      'checkpoint s0 2',
      'me s0: records c',
      'checkpoint s0 3',
      'me s0: shutdownRequested',
      'evict s0 4',
      'me s0: leaseLost',
    ]);
    expect(world.at(S0)).toBe(last);
  });

  it('#19 finishes the running batch before shutdownRequested, and evicts before leaseLost', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    let finish = (): void => undefined;
    const { consumer } = await world.consume(S0, {
      processRecords: () => new Promise<void>((resolve) => (finish = resolve)),
      shutdownRequested: ({ checkpointer }) => checkpointer.checkpoint(),
    });
    await world.clock.advance(0);
    consumer.stop();
    await world.clock.advance(5_000);
    expect(world.effects.at(-1)).toBe('me s0: records a');
    finish();
    await world.clock.advance(0);
    expect(world.effects.slice(3)).toEqual([
      'me s0: shutdownRequested',
      'checkpoint s0 2',
      'evict s0 3',
      'me s0: leaseLost',
    ]);
    expect(world.table.lease(S0)?.leaseOwner).toBeUndefined();
  });

  it('starts at its checkpoint and drops the record of it', async () => {
    const world = new ShardWorld();
    const first = world.stream.put(S0, 'a');
    world.stream.put(S0, 'b');
    world.putLease(S0, { checkpoint: { sequenceNumber: first, subSequenceNumber: 0 } });
    await world.consume(S0);
    await world.clock.advance(0);
    expect(words(world.effects)).toEqual(['b']);
    expect(await world.metric('flotilla_consumer_records_possibly_expired_total')).toBe(0);
  });

  it('delivers nothing twice in one life when its position is refused and it begins at TRIM_HORIZON', async () => {
    const world = new ShardWorld();
    for (const word of ['a', 'b']) world.stream.put(S0, word);
    await world.consume(S0);
    await world.clock.advance(100);
    world.stream.answerNext('getRecords', { kind: 'expired' });
    world.stream.answerNext('openIterator', { kind: 'refused', message: 'trimmed' });
    world.stream.put(S0, 'c');
    await world.clock.advance(10_000);
    expect(words(world.effects)).toEqual(['a', 'b', 'c']);
  });

  it('#48 reads from where LATEST was when its lease was first taken, also after a take-over', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'old');
    await world.clock.advance(1_000);
    world.putLease(S0, { checkpoint: { sequenceNumber: 'LATEST', subSequenceNumber: 0 } });
    const first = await world.consume(S0, { initialize: () => new Promise(() => undefined) });
    await world.clock.advance(1_000);
    world.stream.put(S0, 'while nobody read');
    first.held.drop('expired');
    await world.clock.advance(1_000);
    await world.consume(S0, {}, { owner: 'you' });
    await world.clock.advance(1_000);
    expect(words(world.effects)).toEqual(['while', 'nobody', 'read']);
  });
});

describe('a batch that fails', () => {
  const failing = (times: number): Behaviour => ({
    processRecords: ({ records }) => {
      if (records[0]?.bytes.toString() === 'bad' && times-- > 0) throw new Error('no');
    },
  });

  it('#50 comes again, the same records in order, with back-off; the shard waits', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'bad');
    world.stream.put(S0, 'b');
    await world.consume(S0, failing(3));
    await world.clock.advance(0);
    world.stream.put(S0, 'c');
    await world.clock.advance(900 /* at most 1 s, at least half of it */);
    expect(words(world.effects)).toEqual(['bad', 'b', 'bad', 'b']);
    await world.clock.advance(10_000);
    expect(words(world.effects)).toEqual(['bad', 'b', 'bad', 'b', 'bad', 'b', 'bad', 'b', 'c']);
    expect(await world.metric('flotilla_consumer_batches_total{outcome="failed"}')).toBe(3);
  });

  it('#50 is reported and passed over under skip', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'bad');
    await world.consume(S0, failing(Infinity), { settings: { failurePolicy: 'skip' } });
    await world.clock.advance(0);
    world.stream.put(S0, 'c');
    await world.clock.advance(1_000);
    expect(words(world.effects)).toEqual(['bad', 'c']);
    expect(await world.metric('flotilla_consumer_batches_total{outcome="skipped"}')).toBe(1);
  });

  it('stops the shard with its lease kept under stop-shard', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'bad');
    const { consumer, held } = await world.consume(S0, failing(Infinity), {
      settings: { failurePolicy: 'stop-shard' },
    });
    await world.clock.advance(60_000);
    expect(words(world.effects)).toEqual(['bad']);
    expect([consumer.progress.state, held.isValid()]).toEqual(['stopped', true]);
  });

  it('ends the worker under crash', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'bad');
    const { over } = await world.consume(S0, failing(Infinity), { settings: { failurePolicy: 'crash' } });
    await world.clock.advance(0);
    expect(await over).toEqual(new Error('no'));
  });

  it('does not hold up a stop', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'bad');
    const { consumer, over } = await world.consume(S0, failing(Infinity));
    await world.clock.advance(20_000);
    consumer.stop();
    await world.clock.advance(0);
    expect(await over).toBeUndefined();
    expect(world.effects.slice(-3).map((effect) => effect.replace(/ \d+$/, ''))).toEqual([
      'me s0: shutdownRequested',
      'evict s0',
      'me s0: leaseLost',
    ]);
  });

  it('is given up for a person when the processor says so; a stop then lets the lease go', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    const behaviour = { processRecords: () => Promise.reject(new StopShard('an upload vanished')) };
    const { consumer, held, over } = await world.consume(S0, behaviour);
    await world.clock.advance(3_600_000);
    expect([consumer.progress.state, held.isValid()]).toEqual(['stopped', true]);
    consumer.stop();
    await world.clock.advance(0);
    expect(await over).toBeUndefined();
    expect(world.effects.slice(-2)).toEqual(['evict s0 2', 'me s0: leaseLost']);
  });
});

describe('a lost lease', () => {
  it('#64 is not told to a processor that was not initialised', async () => {
    const world = new ShardWorld();
    world.putLease(S0, { parentShardIds: [S1] });
    world.putLease(S1);
    const { held, over } = await world.consume(S0);
    await world.clock.advance(5_000);
    held.drop('fenced');
    await world.clock.advance(0);
    await over;
    expect(world.effects).toEqual(['take s0 1']);
  });

  it('#65 lets the running call end, whose checkpoints fail; leaseLost is the last callback', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    world.stream.put(S0, 'b');
    const { held, over, checkpointer } = await world.consume(S0, {
      processRecords: async ({ checkpointer }) => {
        await world.clock.sleep(1_000);
        await checkpointer.checkpoint().catch((error: Error) => world.note(`checkpoint: ${error.name}`));
      },
    });
    await world.clock.advance(0);
    held.drop('fenced');
    expect(checkpointer().ended.aborted).toBe(true);
    await world.clock.advance(10_000);
    expect(await over).toBeUndefined();
    expect(world.effects.slice(2)).toEqual(['me s0: records a b', 'checkpoint: ShutdownException', 'me s0: leaseLost']);
  });

  it('#5 #6 refuses the checkpoints of the processor that had the lease before', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    const old = await world.consume(S0);
    await world.clock.advance(0);
    const stalled = old.checkpointer();
    const next = await world.consume(S0, checkpointing, { owner: 'you' });
    await world.clock.advance(0);
    const before = world.table.lease(S0);
    await expect(stalled.checkpoint()).rejects.toMatchObject({ name: 'ShutdownException' });
    expect(world.table.lease(S0)).toEqual(before);
    await world.clock.advance(0);
    expect(world.effects.at(-1)).toBe('me s0: leaseLost');
    expect(next.held.isValid()).toBe(true);
  });
});

describe('a shard that another worker asks for', () => {
  /** It hears of it in its next look. */
  const ask = (world: ShardWorld, held: KeptLease): void => {
    const asked = startingHandOff(world.table.lease(held.leaseKey) as Lease, 'you').after;
    world.table.put(asked);
    held.observe(asked);
  };
  const numberless = (effects: readonly string[]): string[] => effects.map((effect) => effect.replace(/ \d+$/, ''));

  it('#23 ends its batch, checkpoints in shutdownRequested, is handed over and hears leaseLost; the others go on', async () => {
    const world = new ShardWorld(2);
    world.stream.put(S0, 'a');
    let finish = (): void => undefined;
    const asked = await world.consume(S0, {
      processRecords: () => new Promise<void>((resolve) => (finish = resolve)),
      shutdownRequested: ({ checkpointer }) => checkpointer.checkpoint(),
    });
    const other = await world.consume(S1, checkpointing);
    await world.clock.advance(0);
    ask(world, asked.held);
    await world.clock.advance(5_000);
    expect(world.effects.at(-1)).toBe('me s0: records a');
    finish();
    await world.clock.advance(0);
    expect(await asked.over).toBeUndefined();
    expect(world.effects.slice(-4)).toEqual([
      'me s0: shutdownRequested',
      'checkpoint s0 2',
      'end-hand-off s0 3',
      'me s0: leaseLost',
    ]);
    expect(world.table.lease(S0)).toMatchObject({ leaseOwner: 'you', leaseCounter: 3n });
    expect([world.table.lease(S0)?.checkpointOwner, asked.held.lost.reason]).toEqual([undefined, 'handed-over']);
    world.stream.put(S1, 'b');
    await world.clock.advance(2_000);
    expect([words(world.effects), other.held.isValid()]).toEqual([['a', 'b'], true]);
  });

  it('#27 is handed over at once while it waits for its parents, and no processor hears of it', async () => {
    const world = new ShardWorld();
    world.putLease(S0, { parentShardIds: [S1] });
    world.putLease(S1);
    const { held, over } = await world.consume(S0);
    await world.clock.advance(500);
    ask(world, held);
    await world.clock.advance(0);
    await over;
    expect(world.effects).toEqual(['take s0 1', 'end-hand-off s0 2']);
  });

  it('is handed over at once while it cannot be initialised: no other callback comes', async () => {
    const world = new ShardWorld();
    const { held, over } = await world.consume(S0, { initialize: () => Promise.reject(new Error('not yet')) });
    await world.clock.advance(10_000);
    ask(world, held);
    await world.clock.advance(0);
    await over;
    expect(numberless(world.effects.slice(-2))).toEqual(['me s0: initialize at TRIM_HORIZON', 'end-hand-off s0']);
  });

  it('lets an initialize that runs end first, and then tells of the stop', async () => {
    const world = new ShardWorld();
    let initialized = (): void => undefined;
    const { held, over } = await world.consume(S0, {
      initialize: () => new Promise<void>((resolve) => (initialized = resolve)),
    });
    await world.clock.advance(0);
    ask(world, held);
    await world.clock.advance(5_000);
    initialized();
    await world.clock.advance(0);
    await over;
    expect(numberless(world.effects.slice(1))).toEqual([
      'me s0: initialize at TRIM_HORIZON',
      'me s0: shutdownRequested',
      'end-hand-off s0',
      'me s0: leaseLost',
    ]);
  });

  it.each<[string, Behaviour]>([
    ['whose batch fails again and again', { processRecords: () => Promise.reject(new Error('no')) }],
    ['whose end is not checkpointed', { shardEnded: () => undefined }],
  ])('is handed over by a consumer %s', async (_what, behaviour) => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    world.stream.split(S0);
    const { held, over } = await world.consume(S0, behaviour);
    await world.clock.advance(20_000);
    ask(world, held);
    await world.clock.advance(0);
    await over;
    expect(numberless(world.effects.slice(-3))).toEqual([
      'me s0: shutdownRequested',
      'end-hand-off s0',
      'me s0: leaseLost',
    ]);
  });

  it('is handed over as it is when it waits for a person', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    const { held, over } = await world.consume(S0, { processRecords: () => Promise.reject(new StopShard('look')) });
    await world.clock.advance(60_000);
    ask(world, held);
    await world.clock.advance(0);
    await over;
    expect(numberless(world.effects.slice(-2))).toEqual(['end-hand-off s0', 'me s0: leaseLost']);
  });

  it('begins no callback any more once its lease is being released by somebody else', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    let finish = (): void => undefined;
    const { held, over } = await world.consume(S0, {
      processRecords: () => new Promise<void>((resolve) => (finish = resolve)),
    });
    await world.clock.advance(500);
    world.stream.put(S0, 'b');
    await world.clock.advance(2_000);
    world.table.fault = ({ write }) => (write?.kind === 'evict' ? { before: world.clock.sleep(3_000) } : undefined);
    const gone = held.release();
    finish();
    await world.clock.advance(1_000);
    expect(words(world.effects)).toEqual(['a']);
    await world.clock.advance(3_000);
    await Promise.all([gone, over]);
    expect([words(world.effects), world.effects.filter((one) => one.endsWith('leaseLost'))]).toEqual([
      ['a'],
      ['me s0: leaseLost'],
    ]);
  });
});

describe('the end of a shard', () => {
  it('#36 makes the children before SHARD_END is stored, and needs the checkpoint of shardEnded', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    const children = world.stream.split(S0);
    const { over, held } = await world.consume(S0);
    await world.clock.advance(1_000);
    expect(await over).toBeUndefined();
    expect(world.effects).toEqual([
      'take s0 1',
      'me s0: initialize at TRIM_HORIZON',
      'me s0: records a',
      'create s1 0',
      'create s2 0',
      'children s0 1',
      'me s0: shardEnded',
      'checkpoint s0 2',
    ]);
    expect(world.at(S0)).toBe('SHARD_END');
    expect(held.isValid()).toBe(true);
    expect(world.table.lease(S0)?.childShardIds).toEqual(children);
    for (const child of children)
      expect(world.table.lease(child)).toMatchObject({
        checkpoint: { sequenceNumber: 'TRIM_HORIZON' },
        parentShardIds: [S0],
        hashRange: { start: expect.any(String), end: expect.any(String) },
      });
  });

  it('#37 starts a child only when all its parents are at SHARD_END or gone', async () => {
    const world = new ShardWorld(2);
    world.stream.put(S0, 'low');
    world.stream.put(S1, 'high');
    const child = world.stream.merge(S0, S1);
    world.stream.put(child, 'merged');
    await world.consume(S0, {}, { owner: 'me' });
    await world.clock.advance(1_000);
    expect(world.table.leases().map((lease) => lease.leaseKey)).toContain(child); // made by whoever ended first
    await world.consume(child, {}, { owner: 'me' });
    await world.clock.advance(10_000);
    expect(words(world.effects)).toEqual(['low']);
    await world.consume(S1, {}, { owner: 'you' });
    await world.clock.advance(2_000);
    expect(words(world.effects)).toEqual(['low', 'high', 'merged']);
    expect(world.effects.filter((effect) => effect.startsWith('create'))).toEqual(['create s2 0']);
  });

  it('#38 does not make the child of a merge while the row of the other parent is missing', async () => {
    const world = new ShardWorld(2);
    world.table.rows.delete(S1);
    const child = world.stream.merge(S0, S1);
    const { over } = await world.consume(S0, {}, { seed: 38 });
    await world.clock.advance(3_000);
    expect(world.table.lease(child)).toBeUndefined();
    expect(world.at(S0)).toBe('TRIM_HORIZON');
    world.putLease(S1);
    await world.clock.advance(1_000);
    await over;
    expect(world.table.lease(child)?.parentShardIds).toEqual([S0, S1]);
    expect(world.at(S0)).toBe('SHARD_END');
  });

  it('#38 at times lets go of a shard whose child cannot be made, for another worker to try', async () => {
    const world = new ShardWorld(2);
    world.table.rows.delete(S1);
    world.stream.merge(S0, S1);
    const { over } = await world.consume(S0);
    await world.clock.advance(120_000);
    expect(await over).toBeUndefined();
    expect(world.effects.slice(-2).map((effect) => effect.replace(/ \d+$/, ''))).toEqual([
      'evict s0',
      'me s0: leaseLost',
    ]);
  });

  it('is not told to a processor that lost the lease while the rows of the children were made', async () => {
    const world = new ShardWorld();
    world.stream.split(S0);
    world.table.fault = ({ operation }) => (operation === 'create' ? { after: world.clock.sleep(5_000) } : undefined);
    const { held, over } = await world.consume(S0);
    await world.clock.advance(2_000);
    held.drop('expired');
    await world.clock.advance(20_000);
    await over;
    expect(world.effects.slice(-2)).toEqual(['create s1 0', 'me s0: leaseLost']);
    expect(world.effects.filter((effect) => effect.includes('shardEnded'))).toEqual([]);
  });

  it('#39 is repeated by the next owner after a crash between children and SHARD_END', async () => {
    const world = new ShardWorld();
    world.stream.split(S0);
    const first = await world.consume(S0, { shardEnded: () => new Promise(() => undefined) });
    await world.clock.advance(1_000);
    first.held.drop('stopped'); // the process is gone
    const rows = world.table.rows.size;
    const second = await world.consume(S0, {}, { owner: 'you' });
    await world.clock.advance(1_000);
    await second.over;
    expect(world.table.rows.size).toBe(rows);
    expect(world.effects.filter((effect) => effect.startsWith('create'))).toHaveLength(2);
    expect(world.at(S0)).toBe('SHARD_END');
  });

  it('#40 calls shardEnded again each 500 ms until it checkpoints; the row never ends by itself', async () => {
    const world = new ShardWorld();
    world.stream.split(S0);
    let checkpoints = false;
    const { over } = await world.consume(S0, {
      shardEnded: ({ checkpointer }) => (checkpoints ? checkpointer.checkpoint() : undefined),
    });
    await world.clock.advance(10_000);
    const calls = world.effects.filter((effect) => effect.endsWith('shardEnded')).length;
    expect(calls).toBeGreaterThanOrEqual(10);
    expect(calls).toBeLessThanOrEqual(20);
    expect(world.at(S0)).toBe('TRIM_HORIZON');
    checkpoints = true;
    await world.clock.advance(1_000);
    await over;
    expect(world.at(S0)).toBe('SHARD_END');
  });

  it('is not told again when a timer of the processor has stored it between two tries', async () => {
    const world = new ShardWorld();
    world.stream.split(S0);
    const { over } = await world.consume(S0, {
      shardEnded: ({ checkpointer }) => void world.clock.sleep(200).then(() => checkpointer.checkpoint()),
    });
    await world.clock.advance(5_000);
    expect(await over).toBeUndefined();
    expect(world.effects.slice(-2)).toEqual(['me s0: shardEnded', 'checkpoint s0 2']);
    expect(world.effects.filter((effect) => effect.endsWith('shardEnded'))).toHaveLength(1);
  });

  it('is the last that a processor hears, also when it stores it in shutdownRequested', async () => {
    const world = new ShardWorld();
    world.stream.split(S0);
    const { over, consumer } = await world.consume(S0, {
      shardEnded: () => undefined,
      shutdownRequested: ({ checkpointer }) => checkpointer.checkpoint(),
    });
    await world.clock.advance(600);
    consumer.stop();
    await world.clock.advance(5_000);
    expect(await over).toBeUndefined();
    expect(world.at(S0)).toBe('SHARD_END');
    expect(world.effects.filter((effect) => effect.endsWith('leaseLost'))).toEqual([]);
  });

  it('makes no child when the lease was lost since nobody had made it: others may have read it to its end', async () => {
    const world = new ShardWorld();
    world.stream.split(S0);
    world.table.fault = ({ operation }) => (operation === 'get' ? { after: world.clock.sleep(2_000) } : undefined);
    const { held, over } = await world.consume(S0);
    await world.clock.advance(3_000);
    held.drop('expired');
    await world.clock.advance(20_000);
    await over;
    expect(world.effects.filter((effect) => effect.startsWith('create'))).toEqual([]);
    expect(world.effects.at(-1)).toBe('me s0: leaseLost');
  });

  it('can be prepared and committed in two phases', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    world.stream.split(S0);
    await world.consume(S0, {
      shardEnded: async ({ checkpointer }) => {
        const prepared = await checkpointer.prepareCheckpoint('SHARD_END', 0, Buffer.from('plan'));
        world.note(`complete uploads, row at ${world.at(S0)}`);
        await prepared.commit();
      },
    });
    await world.clock.advance(1_000);
    expect(world.effects.slice(-4)).toEqual([
      'me s0: shardEnded',
      'prepare s0 2',
      'complete uploads, row at TRIM_HORIZON (SHARD_END pending)',
      'commit s0 3',
    ]);
    expect(world.at(S0)).toBe('SHARD_END');
  });

  it('has nothing more to read, and calls nobody, when the row says SHARD_END already', async () => {
    const world = new ShardWorld();
    world.putLease(S0, { checkpoint: { sequenceNumber: 'SHARD_END', subSequenceNumber: 0 } });
    const { over } = await world.consume(S0);
    expect(await over).toBeUndefined();
    expect(world.effects).toEqual(['take s0 1']);
    expect(world.stream.calls).toEqual([]);
  });

  it('comes without children when they have left the stream as the shard itself has', async () => {
    const world = new ShardWorld();
    world.stream.forget(S0);
    const { over } = await world.consume(S0);
    await world.clock.advance(0);
    expect(await over).toBeUndefined();
    expect(world.effects.slice(-2)).toEqual(['me s0: shardEnded', 'checkpoint s0 2']);
    expect(world.at(S0)).toBe('SHARD_END');
  });

  it('comes with the children that the stream still lists, when only the shard has left it', async () => {
    const world = new ShardWorld();
    const children = world.stream.split(S0);
    world.stream.forget(S0);
    const { over } = await world.consume(S0, {}, { initialPosition: 'LATEST' });
    await world.clock.advance(0);
    expect(await over).toBeUndefined();
    expect(world.table.lease(S0)).toMatchObject({
      checkpoint: { sequenceNumber: 'SHARD_END' },
      childShardIds: children,
    });
    expect(children.map((child) => world.at(child))).toEqual(['TRIM_HORIZON', 'TRIM_HORIZON']);
  });

  const replacements: [string, (stream: FakeStream) => void][] = [
    ['is another one of the same name', (stream) => stream.recreate(1)],
    ['is gone', (stream) => stream.recreate(null)],
  ];
  it.each(replacements)('#46 does not come when the stream %s: the shard stops', async (_what, replace) => {
    const world = new ShardWorld(2);
    const consumers = [await world.consume(S0), await world.consume(S1)].map(({ consumer }) => consumer);
    await world.clock.advance(1_000);
    replace(world.stream);
    world.stream.forget(S0);
    world.stream.forget(S1);
    await world.clock.advance(3_600_000);
    expect(consumers.map(({ progress }) => progress.state)).toEqual(['stopped', 'stopped']);
    expect([world.at(S0), world.at(S1)]).toEqual(['TRIM_HORIZON', 'TRIM_HORIZON']);
    expect(await world.metric('flotilla_consumer_shards_stopped_total')).toBe(2);
    expect(world.effects.filter((effect) => effect.includes('shardEnded'))).toEqual([]);
  });

  it('#46 nor when the stream is too young to have lost the shard', async () => {
    const world = new ShardWorld(1, { ageMs: 3_600_000 });
    world.stream.forget(S0);
    const { consumer } = await world.consume(S0);
    await world.clock.advance(5_000);
    expect([consumer.progress.state, world.at(S0)]).toEqual(['stopped', 'TRIM_HORIZON']);
  });
});

describe('a pending checkpoint', () => {
  const committing: Behaviour = { pending: true, initialize: ({ pending }) => pending?.commit() };
  const pendingAt = (sequenceNumber: string, state = 'plan') => ({
    pending: { checkpoint: { sequenceNumber, subSequenceNumber: 0 }, state: Buffer.from(state) },
  });

  it('#54 comes back after a crash with position and state; commit clears it and reading starts after it', async () => {
    const world = new ShardWorld();
    const first = world.stream.put(S0, 'a');
    world.stream.put(S0, 'b');
    const crashed = await world.consume(S0, {
      processRecords: async ({ checkpointer }) => {
        await checkpointer.prepareCheckpoint(first, 0, Buffer.from('plan'));
        await new Promise(() => undefined);
      },
    });
    await world.clock.advance(0);
    crashed.held.drop('stopped');
    expect(world.at(S0)).toBe(`TRIM_HORIZON (${first} pending)`);
    await world.consume(S0, committing, { owner: 'you' });
    await world.clock.advance(0);
    expect(world.effects.slice(4)).toEqual([
      'take s0 3',
      `you s0: initialize at TRIM_HORIZON, pending ${first} plan`,
      'commit s0 4',
      'you s0: records b',
    ]);
    expect(world.at(S0)).toBe(first);
  });

  it('stops the shard of a processor that does not resolve it, with lease and row kept', async () => {
    const world = new ShardWorld();
    world.putLease(S0, pendingAt('1002'));
    const { consumer, held } = await world.consume(S0);
    await world.clock.advance(60_000);
    expect([consumer.progress.state, held.isValid()]).toEqual(['stopped', true]);
    expect(world.effects).toEqual(['take s0 1']);
    expect(world.at(S0)).toBe('TRIM_HORIZON (1002 pending)');
    expect(await world.metric('flotilla_consumer_shards_stopped_total')).toBe(1);
  });

  it('allows no other checkpoint in initialize, and is demanded before anything is read', async () => {
    const world = new ShardWorld();
    world.putLease(S0, pendingAt('1002'));
    await world.consume(S0, {
      pending: true,
      initialize: ({ checkpointer }) =>
        checkpointer.checkpoint('1002').catch((error: Error) => world.note(`checkpoint: ${error.name}`)),
    });
    await world.clock.advance(0);
    expect(world.effects.slice(1)).toEqual([
      'me s0: initialize at TRIM_HORIZON, pending 1002 plan',
      'checkpoint: InvalidStateException',
    ]);
    await world.clock.advance(10_000); // initialize is called again and again
    expect(world.stream.calls).toEqual([]);
    expect(world.at(S0)).toBe('TRIM_HORIZON (1002 pending)');
  });

  it('at SHARD_END makes the children first, then ends without another callback', async () => {
    const world = new ShardWorld();
    const children = world.stream.split(S0);
    world.putLease(S0, pendingAt('SHARD_END'));
    const { over } = await world.consume(S0, committing);
    await world.clock.advance(0);
    expect(await over).toBeUndefined();
    expect(world.effects).toEqual([
      'take s0 1',
      'me s0: initialize at TRIM_HORIZON, pending SHARD_END plan',
      'create s1 0',
      'create s2 0',
      'children s0 1',
      'commit s0 2',
    ]);
    expect(children.map((child) => world.at(child))).toEqual(['TRIM_HORIZON', 'TRIM_HORIZON']);
  });

  it('#46 at SHARD_END is not committed when the stream that had the children is gone', async () => {
    const world = new ShardWorld();
    world.stream.split(S0);
    world.putLease(S0, pendingAt('SHARD_END'));
    world.stream.recreate(null);
    for (const shardId of world.stream.shardIds) world.stream.forget(shardId);
    const { consumer } = await world.consume(S0, committing);
    await world.clock.advance(60_000);
    expect([consumer.progress.state, world.at(S0)]).toEqual(['stopped', 'TRIM_HORIZON (SHARD_END pending)']);
  });

  it('is resolved before any iterator, also for a shard that has left the stream', async () => {
    const world = new ShardWorld();
    world.putLease(S0, pendingAt('1002'));
    world.stream.forget(S0);
    const { over } = await world.consume(S0, committing);
    await world.clock.advance(0);
    expect(await over).toBeUndefined();
    expect(world.effects.slice(1)).toEqual([
      'me s0: initialize at TRIM_HORIZON, pending 1002 plan',
      'commit s0 2',
      'me s0: shardEnded',
      'checkpoint s0 3',
    ]);
  });
});

describe('a restart from the checkpoint', () => {
  it('ends this life of the processor and begins another at the checkpoint, lease kept', async () => {
    const world = new ShardWorld();
    const first = world.stream.put(S0, 'a');
    world.stream.put(S0, 'b');
    let restarts = 0;
    let old: Checkpointer | undefined;
    const { held } = await world.consume(S0, {
      processRecords: async ({ checkpointer, records }) => {
        if (records.length === 1) return;
        await checkpointer.checkpoint(first);
        if (restarts++ > 0) return;
        old = checkpointer;
        checkpointer.restartFromCheckpoint();
      },
    });
    await world.clock.advance(5_000);
    expect(world.effects.slice(1)).toEqual([
      'me s0: initialize at TRIM_HORIZON',
      'me s0: records a b',
      'checkpoint s0 2',
      'me s0: leaseLost',
      `me s0: initialize at ${first}`,
      'me s0: records b',
    ]);
    expect(held.isValid()).toBe(true);
    await expect(old?.checkpoint()).rejects.toMatchObject({ name: 'ShutdownException' });
    old?.restartFromCheckpoint(); // of a life that is over: nothing happens
    await world.clock.advance(5_000);
    expect(world.effects).toHaveLength(7);
  });

  it('may be asked for at any time, also while idle, and waits longer each time it does not help', async () => {
    const world = new ShardWorld();
    const { consumer } = await world.consume(S0, {
      initialize: ({ checkpointer }) => {
        setImmediate(() => checkpointer.restartFromCheckpoint());
      },
    });
    await world.clock.advance(60_000);
    const lives = world.effects.filter((effect) => effect.includes('initialize')).length;
    expect(lives).toBeGreaterThan(3);
    expect(lives).toBeLessThan(12);
    consumer.stop();
    await world.clock.advance(0);
    expect(consumer.progress.state).toBe('done');
  });

  it('sees what was prepared by a write that was still on its way', async () => {
    const world = new ShardWorld();
    const first = world.stream.put(S0, 'a');
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    await world.consume(S0, {
      pending: true,
      initialize: ({ pending }) => pending?.commit(),
      processRecords: ({ checkpointer }) => {
        world.table.fault = () => ({ after: slow });
        void checkpointer.prepareCheckpoint(first, 0, Buffer.from('plan'));
        checkpointer.restartFromCheckpoint();
      },
    });
    await world.clock.advance(2_000);
    world.table.fault = () => undefined;
    answer();
    await world.clock.advance(2_000);
    expect(world.effects.slice(-2)).toEqual([
      `me s0: initialize at TRIM_HORIZON, pending ${first} plan`,
      'commit s0 3',
    ]);
  });
});

describe('watching', () => {
  it('#51 reports a callback that does not return, once, and keeps the lease', async () => {
    const world = new ShardWorld();
    world.stream.put(S0, 'a');
    const { held } = await world.consume(S0, { processRecords: () => new Promise(() => undefined) });
    await world.clock.advance(59_000);
    expect(await world.metric('flotilla_consumer_callbacks_slow_total')).toBe(0);
    await world.clock.advance(600_000);
    expect(await world.metric('flotilla_consumer_callbacks_slow_total')).toBe(1);
    expect(held.isValid()).toBe(true);
  });

  it('says how far the shard is behind', async () => {
    const world = new ShardWorld();
    for (const word of ['a', 'b']) world.stream.put(S0, word);
    await world.clock.advance(90_000);
    const seen: number[] = [];
    await world.consume(
      S0,
      { processRecords: ({ millisBehindLatest }) => void seen.push(millisBehindLatest) },
      { settings: { fetchRecordsMax: 1 } },
    );
    await world.clock.advance(0);
    expect(await world.metric('flotilla_consumer_behind_latest_seconds')).toBe(90);
    expect(await world.metric('flotilla_consumer_iterator_age_seconds')).toBe(90);
    await world.clock.advance(1_000);
    expect(seen).toEqual([90_000, 0]);
  });

  it('is drained at the first empty answer from the tip that was asked for after the wish', async () => {
    const world = new ShardWorld();
    const { consumer } = await world.consume(S0);
    await world.clock.advance(1_500);
    world.stream.put(S0, 'a');
    let drained = false;
    void consumer.drained().then(() => (drained = true));
    await world.clock.advance(0);
    expect(drained).toBe(false);
    await world.clock.advance(2_000);
    expect(drained).toBe(true);
    expect(words(world.effects)).toEqual(['a']);
  });
});
