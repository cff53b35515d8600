/** The suites that our DynamoDB passes, against Amazon's own emulator, where that and Java are there. */
import { dynamodbBehaviour } from '../aws/dynamodb-behaviour';
import { dynamodbTables } from '../aws/dynamodb-tables';
import { dynamodbUnused } from '../aws/dynamodb-unused';
import { testsBut } from '../differences';
import { skipped } from '../shared-data';
import { dynamodbLocalDifferences } from './dynamodb-local-differences';
import { findDynamoDBLocal, startDynamoDBLocal } from './start-dynamodb-local';

const found = findDynamoDBLocal();

if ('missing' in found) {
  skipped('dynamodb-local', found.missing);
  it.skip('DynamoDB Local', () => undefined);
} else
  describe('DynamoDB Local', () =>
    testsBut(dynamodbLocalDifferences, (tests) => {
      for (const suite of [dynamodbBehaviour, dynamodbTables, dynamodbUnused])
        describe(suite.name, () => suite(() => startDynamoDBLocal(found.folder), tests));
    }));
