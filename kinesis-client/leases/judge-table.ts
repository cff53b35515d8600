/**
 * Whether a table can be the lease table, by what DescribeTable says of it. Pure; dynamodb-lease-table.ts asks before it
 * reads or writes a row, so that nothing is ever written into the table of another program.
 */
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { FlotillaError } from '../../runtime/errors';

/** Waiting helps for every status but these (DynamoDB API reference, "TableStatus"). */
const UNUSABLE: Readonly<Record<string, string>> = {
  ARCHIVING: 'DynamoDB could not use its KMS key for seven days: restore it from its backup once it is archived',
  ARCHIVED: 'DynamoDB could not use its KMS key for seven days: restore it from its backup',
  INACCESSIBLE_ENCRYPTION_CREDENTIALS: 'DynamoDB cannot use its KMS key: enable the key and allow its use',
};

/**
 * 'ready', or the status that has to pass first.
 * @throws FlotillaError FLOTILLA_WRONG_LEASE_TABLE, saying what was found, what is expected and what to do.
 */
export function judgeTable(table: TableDescription, tableName: string): string {
  const { TableStatus: status = 'UNKNOWN' } = table;
  const key = keyOf(table);
  if (key !== LEASE_KEY)
    throw wrong(
      `table ${tableName} is no lease table: its key is ${key}, expected is ${LEASE_KEY} alone. ` +
        'Give this application another applicationName, which names its lease table',
    );
  const reason = UNUSABLE[status];
  if (reason !== undefined)
    throw wrong(`table ${tableName} is ${status}. ${reason}, or give this application another applicationName`);
  return status === 'ACTIVE' || status === 'UPDATING' ? 'ready' : status;
}

const LEASE_KEY = 'leaseKey (HASH, S)';

const keyOf = ({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): string =>
  KeySchema.map(({ AttributeName: name, KeyType }) => {
    const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
    return `${name} (${KeyType}, ${type})`;
  }).join(' and ');

const wrong = (message: string): FlotillaError => new FlotillaError('FLOTILLA_WRONG_LEASE_TABLE', message);
