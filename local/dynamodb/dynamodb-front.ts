/**
 * The DynamoDB of local mode and of tests: dynalite's store behind an HTTP front of ours. It adds what lease tables need
 * and dynalite lacks: the item in a ConditionalCheckFailedException. Every operation passes the holds and faults of
 * the wire; without them nothing throttles. There are no transactions and no expiry, and an index must be made with its table.
 */
import type { Clock } from '../../runtime/clock';
import { createAwsHandler, type Params, type Perform } from '../aws-handler';
import { jsonCodec } from '../codec';
import type { Wire } from '../faults/pass-call';
import { createOnePortServer, type OnePortServer } from '../one-port-server';
import { clientError, ServiceError } from '../service-error';
import { withDynamoDBFaults } from './dynamodb-faults';
import { dynaliteOperations, openDynaliteStore, type DynaliteOperation, type DynaliteStore } from './dynalite-store';

export interface DynamoDBFrontOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  /** The folder of the data; without one everything is gone with the front. */
  readonly path?: string;
  /** How long a table is CREATING, DELETING and UPDATING, ms (default 0). */
  readonly createTableMs?: number;
  readonly deleteTableMs?: number;
  readonly updateTableMs?: number;
  /** Told of an operation that failed with something that is no service error. */
  readonly onFault?: (operation: string, error: unknown) => void;
}

/** The service's own bound on a request is 16 MiB (BatchWriteItem). Above it HTTP 413. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** `listen` rejects when the folder cannot be opened. */
export function createDynamoDBFront(options: DynamoDBFrontOptions): OnePortServer {
  const store = openDynaliteStore({
    path: options.path,
    createTableMs: options.createTableMs ?? 0,
    deleteTableMs: options.deleteTableMs ?? 0,
    updateTableMs: options.updateTableMs ?? 0,
  });
  const operations = new Map<string, Perform>(
    dynaliteOperations.map((name) => [name, (params) => perform(store, name, params)]),
  );
  const handler = createAwsHandler({
    service: 'dynamodb',
    targetPrefix: 'DynamoDB_20120810',
    codecs: new Map([
      ['application/x-amz-json-1.0', jsonCodec],
      ['application/json', jsonCodec],
    ]),
    operations: withDynamoDBFaults(operations, { faults: options.wire.faults, clock: options.clock }),
    resourceOf,
    wire: options.wire,
    onFault: options.onFault ?? (() => undefined),
  });
  const server = createOnePortServer(handler, { bodyBytesMax: BODY_BYTES_MAX });
  return {
    async listen(port, host) {
      await store.open();
      return server.listen(port, host);
    },
    async close() {
      await server.close();
      await store.close();
    },
  };
}

async function perform(store: DynaliteStore, operation: DynaliteOperation, params: Params): Promise<unknown> {
  const { ReturnValuesOnConditionCheckFailure: returned = 'NONE', ...others } = params;
  if (returned !== 'ALL_OLD' && returned !== 'NONE') throw clientError('ValidationException', noSuchReturn(returned));
  const outcome = await store.act(operation, others);
  if ('result' in outcome) return outcome.result;
  const { error, item } = outcome;
  if (
    returned === 'NONE' ||
    item === undefined ||
    !String(error.body.__type).endsWith('#ConditionalCheckFailedException')
  )
    throw error;
  throw new ServiceError(error.status, { ...error.body, Item: item });
}

const noSuchReturn = (value: unknown): string =>
  `1 validation error detected: Value '${String(value)}' at 'returnValuesOnConditionCheckFailure' failed to satisfy ` +
  'constraint: Member must satisfy enum value set: [ALL_OLD, NONE]';

/** `table/key`, the key as its attribute values with commas between; of an item put, all that it holds. */
function resourceOf(params: Params): string {
  const key = params.Key ?? params.Item;
  const values = typeof key === 'object' && key !== null ? Object.values(key) : [];
  const texts = values.map((value: unknown) =>
    typeof value === 'object' && value !== null ? Object.values(value).map(String).join() : String(value),
  );
  return `${String(params.TableName ?? '')}/${texts.join(',')}`;
}
