import { VirtualClock } from '../runtime/virtual-clock';
import { CheckpointError, type CheckpointErrorName } from '../kinesis-client';
import { seededRandom } from '../runtime/random';
import { settleCheckpoint } from './settle-checkpoint';

const failing = (names: readonly CheckpointErrorName[]) => {
  const left = [...names];
  const calls = { count: 0 };
  const write = async (): Promise<string> => {
    calls.count++;
    const name = left.shift();
    if (name !== undefined) throw new CheckpointError(name, name);
    return 'written';
  };
  return { write, calls };
};

async function settle(names: readonly CheckpointErrorName[], signal = new AbortController().signal) {
  const clock = new VirtualClock();
  const { write, calls } = failing(names);
  const retries = { clock, random: seededRandom(1), backoff: { minMs: 10, maxMs: 100 } };
  const [result] = await Promise.all([
    settleCheckpoint(write, retries, signal).catch((error: unknown) => error),
    clock.advance(10_000),
  ]);
  return { result, calls: calls.count };
}

test.each<[string, CheckpointErrorName[], unknown, number]>([
  ['a write that succeeds is written', [], 'written', 1],
  [
    'a table that refuses for now is asked again until it does not',
    ['ThrottlingException', 'KinesisClientLibDependencyException', 'ThrottlingException'],
    'written',
    4,
  ],
  ['a lease that is gone is lost', ['ThrottlingException', 'ShutdownException'], 'lost', 2],
])('%s', async (_what, names, result, calls) => {
  expect(await settle(names)).toEqual({ result, calls });
});

test.each<CheckpointErrorName>(['IllegalArgumentException', 'InvalidStateException'])(
  '%s is a fault of ours and thrown',
  async (name) => {
    expect(await settle([name])).toMatchObject({ result: { name }, calls: 1 });
  },
);

test('nothing is written for a shard that is not ours any more', async () => {
  expect(await settle([], AbortSignal.abort())).toEqual({ result: 'lost', calls: 0 });
});
