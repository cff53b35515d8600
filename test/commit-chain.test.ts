import type { Plan } from '../sinks/s3/plan';
import { chainFaults, committedPlans } from './commit-chain';

const START = 'TRIM_HORIZON';

/** A plan of one shard with one file a key. */
const plan = (from: string, to: string, keys: readonly string[], batchId = 'batch', shardId = 'shard'): Plan => ({
  version: 1,
  application: 'enricher',
  streamName: 'raw',
  shardId,
  from: { sequenceNumber: from, subSequenceNumber: 0 },
  to: { sequenceNumber: to, subSequenceNumber: 0 },
  first: from,
  last: to,
  batchId,
  files: keys.map((key) => ({ key, uploadId: 'upload', bytes: 1, lines: 1, parts: [] })),
});

test.each<[string, readonly Plan[], readonly string[]]>([
  ['nothing', [], []],
  ['one chain, in any order', [plan('2', '5', ['b', 'c']), plan(START, '2', ['a'])], ['a', 'b', 'c']],
  ['a chain for each shard', [plan(START, '2', ['a']), plan(START, '9', ['b'], 'other', 'shard-2')], ['a', 'b']],
  ['a plan that was never prepared', [plan(START, '2', ['a']), plan('2', '5', ['b'])], ['a']],
  ['two plans of the same records', [plan(START, '2', ['a'], 'dead'), plan(START, '2', ['a'], 'next')], ['a']],
  ['a shard that ended', [plan(START, '2', ['a']), plan('2', 'SHARD_END', ['b'])], ['a', 'b']],
])('%s is well', (_name, plans, visible) => {
  expect(chainFaults(plans, visible)).toEqual([]);
});

test.each<[string, readonly Plan[], readonly string[], string]>([
  ['a file of no plan', [plan(START, '2', ['a'])], ['a', 'b'], 'b is in no plan'],
  ['half a batch', [plan(START, '2', ['a', 'b'])], ['a'], 'b is missing from a batch that is visible'],
  [
    'records that were passed over',
    [plan(START, '2', ['a']), plan('3', '5', ['b'])],
    ['a', 'b'],
    'shard (3:0, 5:0] starts where no batch of the chain ended',
  ],
  ['no beginning', [plan('2', '5', ['a'])], ['a'], 'shard (2:0, 5:0] starts where no batch of the chain ended'],
  [
    'records that were committed twice',
    [plan(START, '2', ['a']), plan('2', '5', ['b']), plan('2', '6', ['c'])],
    ['a', 'b', 'c'],
    'shard (2:0, 5:0] and shard (2:0, 6:0] start at the same place',
  ],
])('%s is told', (_name, plans, visible, fault) => {
  expect(chainFaults(plans, visible)).toEqual([fault]);
});

test('committed are the plans with files that are visible, one for each range', () => {
  const committed = [plan(START, '2', ['a'], 'dead'), plan(START, '2', ['a'], 'next'), plan('2', '5', ['b'])];
  expect(committedPlans(committed, ['a']).map(({ to }) => to.sequenceNumber)).toEqual(['2']);
});
