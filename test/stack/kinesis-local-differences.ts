/** Where kinesis-local 0.6.2 differs from Kinesis: the tests of the suites in test/aws that do not hold there, and why. */
import type { Difference } from '../differences';

const split = 'ListShards of a stream that was split and merged';

export const kinesisLocalDifferences: readonly Difference[] = [
  {
    test: 'records go to the shard whose range holds their explicit hash key',
    reason: 'Two new shards meet one below the middle of the hash range.',
  },
  { test: 'a put of 500 records is taken, of one more refused', reason: 'PutRecords takes more than 500 records.' },
  { test: 'a put of no records is refused', reason: 'PutRecords without records is a success.' },
  { test: 'a put of more than 10 MiB is refused', reason: 'PutRecords has no bound on its bytes.' },
  {
    test: 'an iterator of type LATEST with a number is refused',
    reason: 'GetShardIterator passes over a number that its type has no use for.',
  },
  {
    test: 'an iterator of a number that is none of the service is refused',
    reason:
      'GetShardIterator calls the shard missing (ResourceNotFoundException) when a number is none of the service.',
  },
  {
    test: 'an iterator of a number that is a word is refused',
    reason: 'GetShardIterator calls the shard missing (ResourceNotFoundException) when a number is a word.',
  },
  {
    test: 'an iterator at the number of another shard is refused',
    reason: 'GetShardIterator takes the number of another shard.',
  },
  { test: 'an iterator that is no iterator is refused', reason: 'GetRecords answers nonsense with HTTP 500.' },
  { test: 'an iterator that was cut is refused', reason: 'GetRecords answers a cut iterator with HTTP 500.' },
  {
    test: 'a split closes its parent at a number between its records and those of its children',
    reason: 'A closed shard ends at 9223372036854775807, far below its own records.',
  },
  {
    test: 'a split at a key where the shard begins is refused',
    reason: 'SplitShard at the first hash key is carried out, though it leaves nothing to the first child.',
  },
  {
    test: 'a split at a key where the shard ends is refused',
    reason: 'SplitShard at the last hash key is carried out.',
  },
  {
    test: 'a split of a closed shard is refused',
    reason: 'SplitShard of a closed shard is refused with ResourceInUseException, as if it were worth waiting.',
  },
  {
    test: 'a merge of a closed shard is refused',
    reason: 'MergeShards of a closed shard is refused with ResourceInUseException, as if it were worth waiting.',
  },
  {
    test: `${split} names what was open at the trim horizon, which covers the hash range once`,
    reason: 'ListShards AT_TRIM_HORIZON names every shard, children too.',
  },
  {
    test: `${split} names what was open at a time, which covers the hash range once`,
    reason: 'ListShards AT_TIMESTAMP counts in seconds: in that of a split it names parent and children.',
  },
  {
    test: 'consumers are gone when they are removed, also when another stream has one of the same name',
    reason: 'A removed consumer whose name another stream has, too, is DELETING for ever.',
  },
  {
    test: 'a subscription from LATEST that brought nothing is gone on from without a loss, by either kind of number',
    reason: 'A subscription that brought nothing gives the number of the record before: AT_SEQUENCE_NUMBER repeats it.',
  },
  {
    test: 'a subscription tells the end of its shard by the children, without a number to go on from, and is over',
    reason: 'A subscription stays open and empty at the end of its shard.',
  },
  {
    test: 'a subscription makes way after five seconds for another on the same shard',
    reason: 'A subscription never makes way for the next of its consumer.',
  },
  {
    test: 'a subscription is refused for a shard that is not there',
    reason: 'SubscribeToShard opens a shard that is not there, without records.',
  },
  {
    test: 'a subscription is refused for a position without its number',
    reason: 'SubscribeToShard at a number that is not given begins anywhere.',
  },
  {
    test: 'a subscription ends with its stream',
    reason: 'A subscription stays open when its stream is deleted.',
  },
];
