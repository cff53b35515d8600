import { batchEnd, type BatchLimits } from './batch-end';

const limits: BatchLimits = {
  batchRecordsMax: 100,
  batchBytesMax: 1_000,
  heldBytesMax: 500,
  openPartitionsMax: 4,
  batchAgeMs: 60_000,
};
const small = { outputs: 1, bytes: 10, heldBytes: 5, partitions: 1 };

test.each([
  ['goes on while it is within every limit', {}, 59_999, null],
  ['ends by records', { outputs: 100 }, 0, 'records'],
  ['ends by bytes', { bytes: 1_000 }, 0, 'bytes'],
  ['ends by memory', { heldBytes: 501 }, 0, 'memory'],
  ['ends by partitions', { partitions: 4 }, 0, 'partitions'],
  ['ends by age, also when nothing came of its records', { outputs: 0, bytes: 0 }, 60_000, 'age'],
] as const)('a batch %s', (_what, change, ageMs, end) => {
  expect(batchEnd({ ...small, ...change }, ageMs, limits)).toBe(end);
});
