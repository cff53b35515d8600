/** Where our own fronts differ from Kinesis and DynamoDB: the tests of the suites that do not hold there, and why. */
import type { Difference } from '../differences';

const unused = (test: string, reason: string): Difference => ({ test: `what Flotilla does not use: ${test}`, reason });

export const kinesisFrontDifferences: readonly Difference[] = [
  unused(
    'a stream on demand has four shards at first',
    'Streams on demand are refused: kinesalite wants a shard count.',
  ),
  unused('the capacity mode of a stream can be changed', 'UpdateStreamMode is unknown: every stream is PROVISIONED.'),
  unused('a stream can be encrypted', 'StartStreamEncryption is unknown: there are no keys to encrypt with.'),
  unused('metrics of each shard can be turned on', 'EnableEnhancedMonitoring is unknown: there is no CloudWatch.'),
  unused('the limit of shards is told', 'DescribeLimits is unknown: kinesalite has no such call.'),
];

export const dynamodbFrontDifferences: readonly Difference[] = [
  unused('a transaction writes all or nothing', 'TransactWriteItems is unknown: dynalite has no transactions.'),
  unused('an index can be added to a table that has rows', 'UpdateTable adds no index: dynalite makes indexes with their table only.'),
  unused('rows can be given a time to live', 'UpdateTimeToLive is unknown: dynalite lets nothing expire.'),
  unused('a table can be protected from its deletion', 'DeletionProtectionEnabled is taken and not heeded by dynalite.'),
  unused('rows can be asked for in PartiQL', 'ExecuteStatement is unknown: dynalite reads no PartiQL.'),
]; // prettier-ignore
