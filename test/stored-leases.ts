/** The lease table as it lies in DynamoDB, for tests that look at it beside the workers. */
import { ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { actualOwner, isFinished, type Lease } from '../kinesis-client/leases/lease';
import { readLease, type Row } from '../kinesis-client/leases/lease-row';

/** Each lease with the row that it was read from. Of a small table: one page. */
export async function storedLeases(
  dynamodb: DynamoDBClient,
  TableName: string,
): Promise<readonly { readonly lease: Lease; readonly row: Row }[]> {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.flatMap((row) => {
    const lease = readLease(row);
    return lease === null ? [] : [{ lease, row }];
  });
}

/**
 * How many shards that are not at their end each worker owns, the fewest first; -1 when some have no owner. What is asked for
 * belongs to whoever still has it.
 */
export async function holdings(dynamodb: DynamoDBClient, tableName: string): Promise<readonly number[]> {
  const leases = (await storedLeases(dynamodb, tableName)).map(({ lease }) => lease);
  const owners = leases.filter((lease) => !isFinished(lease)).map(actualOwner);
  const owned = [...new Set(owners)].map((owner) =>
    owner === undefined ? -1 : owners.filter((other) => other === owner).length,
  );
  return owned.sort((a, b) => a - b);
}
