/**
 * DynamoDB in memory, behind the `send` of the SDK's client: for tests of what several programs do to one lease table,
 * request by request, on virtual time. Both ways to say a condition work (fake-dynamodb-expressions.ts). Each program has
 * a client of its own, so every change tells who made it, and a killed program hears no answer any more.
 */
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  ScanCommand,
  UpdateItemCommand,
  type DynamoDBClient,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import type { Fault } from '../kinesis-client/leases/in-memory-lease-table';
import type { Row } from '../kinesis-client/leases/lease-row';
import type { Clock } from '../runtime/clock';
import { checkValue, holds, updated, ValidationException, type Rules } from './fake-dynamodb-expressions';
import { READ_UNIT_BYTES, sizeOf, units, WRITE_UNIT_BYTES } from './fake-dynamodb-size';

export interface FakeDynamoDBOptions {
  readonly clock: Clock;
  /** Whether a failed condition shows the old item when asked, as DynamoDB does. Default true; dynalite leaves it out. */
  readonly showsOldItem?: boolean;
  /** Where a page of a scan ends, bytes. Default 1 MiB, DynamoDB's. */
  readonly pageBytesMax?: number;
  /** Of each table; what is not used in a second is not kept for the next. Default: no limit. */
  readonly unitsPerSecondMax?: { readonly read: number; readonly write: number };
}

export interface DynamoDBCall {
  readonly operation: string;
  readonly table: string;
  /** Of the row, for a call about one. */
  readonly key?: string;
  /** Whose client sent it. */
  readonly by: string;
}

/** A row that was written or deleted. */
export interface RowChange extends DynamoDBCall {
  readonly key: string;
  /** Undefined: there was none. */
  readonly before: Row | undefined;
  /** Undefined: it was deleted. */
  readonly after: Row | undefined;
  /** Monotonic, of the fake's clock. */
  readonly atMs: number;
}

interface Units {
  read: number;
  write: number;
}

interface Table {
  readonly keyName: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly rows: Map<string, Row>;
  /** The keys in the order of a scan; undefined when it has to be sorted again. */
  order: readonly string[] | undefined;
  readonly second: Units & { startMs: number };
}

const PAGE_BYTES = 1_048_576;
const $metadata = { httpStatusCode: 400 };

type Command = Parameters<DynamoDBClient['send']>[0];
type Input = Rules & {
  readonly TableName?: string;
  readonly Key?: Row;
  readonly Item?: Row;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
};

export class FakeDynamoDB {
  /** Every call in the order of its arrival. */
  readonly calls: DynamoDBCall[] = [];
  /** Every change that was applied, in order. */
  readonly changes: RowChange[] = [];
  /** What all calls used, also those whose condition failed. */
  readonly units: Units = { read: 0, write: 0 };
  /** Asked for each call; undefined: nothing special. An error is thrown in place of an answer, and nothing is applied. */
  fault: (call: DynamoDBCall) => Fault | Error | undefined = () => undefined;
  private readonly tables = new Map<string, Table>();
  private readonly killed = new Set<string>();

  constructor(private readonly options: FakeDynamoDBOptions) {}

  /** The client of one program, which is `by` in calls and changes. Anything but `send` and `destroy` is missing from it. */
  clientOf(by: string): DynamoDBClient {
    const send = (command: Command): Promise<unknown> => this.answer(command, by);
    return { send, destroy: () => undefined } as unknown as DynamoDBClient;
  }

  /** SIGKILL: what this program has sent is still carried out, but it hears no answer and sends nothing more. */
  kill(by: string): void {
    this.killed.add(by);
  }

  /** Makes a table behind the back of all programs. */
  createTable(name: string, keyName = 'leaseKey'): void {
    this.addTable(name, [{ AttributeName: keyName, KeyType: 'HASH' }]);
  }

  /** Every row of the table, by key; none when there is no such table. */
  rows(table: string): readonly Row[] {
    const found = this.tables.get(table);
    return found === undefined ? [] : keysOf(found).map((key) => found.rows.get(key) as Row);
  }

  row(table: string, key: string): Row | undefined {
    return this.tables.get(table)?.rows.get(key);
  }

  /** Sets a row as it is, whatever stands there: the work of an operator, who is `by`. */
  putRow(table: string, row: Row, by = 'operator'): void {
    const into = this.table(table);
    const key = keyIn(into, row);
    this.change({ operation: 'PutItem', table, key, by }, into, row);
  }

  deleteRow(table: string, key: string, by = 'operator'): void {
    this.change({ operation: 'DeleteItem', table, key, by }, this.table(table), undefined);
  }

  private async answer(command: Command, by: string): Promise<unknown> {
    if (this.killed.has(by)) return new Promise(() => undefined);
    const { TableName: table = '', Key, Item } = command.input as Input;
    const operation = command.constructor.name.replace(/Command$/, '');
    const key =
      Object.values(Key ?? {})[0]?.S ?? (Item && this.tables.has(table) ? keyIn(this.table(table), Item) : undefined);
    const call: DynamoDBCall = { operation, table, by, ...(key === undefined ? {} : { key }) };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault instanceof Error) throw fault;
    if (fault === 'throttle') throw throttled('throttled by the test');
    if (typeof fault === 'object') await fault.before;
    const settled = this.settle(command, call);
    if (typeof fault === 'object') await fault.after;
    if (this.killed.has(by)) return new Promise(() => undefined);
    if (fault === 'lose') throw Object.assign(new Error('answer lost by the test'), { name: 'TimeoutError' });
    return settled();
  }

  /** Carries the call out now; its answer or error comes when asked for. */
  private settle(command: Command, call: DynamoDBCall): () => unknown {
    try {
      const answer = this.apply(command, call);
      return () => answer;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  private apply(command: Command, call: DynamoDBCall): unknown {
    if (command instanceof CreateTableCommand) return this.addTable(call.table, command.input.KeySchema ?? []);
    const table = this.table(call.table);
    if (command instanceof DescribeTableCommand) return { Table: descriptionOf(call.table, table) };
    if (command instanceof ScanCommand) return this.scan(table, command.input);
    if (command instanceof QueryCommand) return this.query(table, command.input);
    const input: Input = command.input as Input;
    const key = keyIn(table, input.Key ?? input.Item ?? {});
    const before = table.rows.get(key);
    if (command instanceof GetItemCommand) {
      this.spend(table, 'read', units(sizeOf(before), READ_UNIT_BYTES) / (command.input.ConsistentRead ? 1 : 2));
      return { Item: before && { ...before } };
    }
    if (command instanceof PutItemCommand) return this.write(call, table, input, () => ({ ...input.Item }));
    if (command instanceof DeleteItemCommand) return this.write(call, table, input, () => undefined);
    if (command instanceof UpdateItemCommand)
      return this.write(call, table, input, () => updated(input, before ?? { ...input.Key }));
    throw new ValidationException(`the fake does not know ${call.operation}`);
  }

  private write(call: DynamoDBCall, table: Table, input: Input, next: () => Row | undefined): unknown {
    const key = keyIn(table, input.Key ?? input.Item ?? {});
    const before = table.rows.get(key);
    const { ReturnValuesOnConditionCheckFailure: onFailure = 'NONE' } = input;
    if (!['NONE', 'ALL_OLD'].includes(onFailure)) throw new ValidationException(`ReturnValuesOn...: ${onFailure}`);
    const isAllowed = holds(input, before);
    const after = isAllowed ? next() : before;
    for (const [name, value] of Object.entries(after ?? {})) checkValue(name, value, name === table.keyName);
    this.spend(table, 'write', units(Math.max(sizeOf(before), sizeOf(after)), WRITE_UNIT_BYTES));
    if (!isAllowed) {
      const asked = onFailure === 'ALL_OLD' && this.options.showsOldItem !== false;
      const Item = asked && before !== undefined ? { ...before } : undefined;
      throw new ConditionalCheckFailedException({ $metadata, message: 'The conditional request failed', Item });
    }
    this.change({ ...call, key }, table, after);
    if (input.ReturnValues === 'ALL_NEW') return { Attributes: { ...after } };
    return input.ReturnValues === 'ALL_OLD' ? { Attributes: before && { ...before } } : {};
  }

  private scan(table: Table, input: ScanCommand['input']): unknown {
    const { pageBytesMax = PAGE_BYTES } = this.options;
    const from = input.ExclusiveStartKey && keyIn(table, input.ExclusiveStartKey);
    const { Segment = 0, TotalSegments = 1 } = input;
    const inSegment = (key: string): boolean => TotalSegments === 1 || segmentOf(key, TotalSegments) === Segment;
    const keys = keysOf(table).filter((key) => (from === undefined || key > from) && inSegment(key));
    const Items: Row[] = [];
    let bytes = 0;
    for (const key of keys) {
      if (bytes >= pageBytesMax || Items.length === input.Limit) break;
      const row = table.rows.get(key) as Row;
      Items.push({ ...row });
      bytes += sizeOf(row);
    }
    const CapacityUnits = units(bytes, READ_UNIT_BYTES) / (input.ConsistentRead ? 1 : 2);
    this.spend(table, 'read', CapacityUnits);
    const last = Items.length < keys.length ? Items.at(-1)?.[table.keyName] : undefined;
    return {
      Items,
      ...(last === undefined ? {} : { LastEvaluatedKey: { [table.keyName]: last } }),
      ...(input.ReturnConsumedCapacity === 'TOTAL' ? { ConsumedCapacity: { CapacityUnits } } : {}),
    };
  }

  /** Of an index that holds keys only, as Java 3.x makes; every index is there. Always one page. */
  private query(table: Table, input: QueryCommand['input']): unknown {
    const { KeyConditionExpression: ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = input;
    const rules: Rules = { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues };
    const found = keysOf(table).filter((key) => holds(rules, table.rows.get(key)));
    this.spend(table, 'read', units(found.join('').length, READ_UNIT_BYTES) / 2);
    return { Items: found.map((key) => ({ [table.keyName]: { S: key } })) };
  }

  private change(call: DynamoDBCall & { readonly key: string }, table: Table, after: Row | undefined): void {
    const before = table.rows.get(call.key);
    if ((before === undefined) !== (after === undefined)) table.order = undefined;
    if (after === undefined) table.rows.delete(call.key);
    else table.rows.set(call.key, after);
    if (before !== undefined || after !== undefined)
      this.changes.push({ ...call, before, after, atMs: this.options.clock.monotonicMs() });
  }

  private addTable(name: string, keySchema: readonly KeySchemaElement[]): object {
    if (this.tables.has(name))
      throw new ResourceInUseException({ $metadata, message: `Table already exists: ${name}` });
    const keyName = keySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
    const second = { startMs: -Infinity, read: 0, write: 0 };
    this.tables.set(name, { keyName, keySchema, rows: new Map(), order: undefined, second });
    return {};
  }

  private table(name: string): Table {
    const table = this.tables.get(name);
    if (table === undefined)
      throw new ResourceNotFoundException({
        $metadata,
        message: `Requested resource not found: Table: ${name} not found`,
      });
    return table;
  }

  /** Throws when the table's second is used up; a call that is let through may use more than is left, as in DynamoDB. */
  private spend(table: Table, kind: keyof Units, amount: number): void {
    const { second } = table;
    const nowMs = this.options.clock.monotonicMs();
    if (nowMs - second.startMs >= 1_000) Object.assign(second, { startMs: nowMs, read: 0, write: 0 });
    if (second[kind] >= (this.options.unitsPerSecondMax?.[kind] ?? Infinity)) throw throttled(`out of ${kind} units`);
    second[kind] += amount;
    this.units[kind] += amount;
  }
}

const throttled = (message: string): Error => new ProvisionedThroughputExceededException({ $metadata, message });

const keysOf = (table: Table): readonly string[] => (table.order ??= [...table.rows.keys()].sort());

function keyIn(table: Table, row: Row): string {
  const key = row[table.keyName]?.S;
  if (key === undefined) throw new ValidationException('The provided key element does not match the schema');
  return key;
}

const descriptionOf = (TableName: string, { keySchema, rows }: Table): object => ({
  TableName,
  TableStatus: 'ACTIVE',
  KeySchema: keySchema,
  AttributeDefinitions: keySchema.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
  ItemCount: rows.size,
});

const segmentOf = (key: string, segments: number): number =>
  [...key].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) % 65_521, 7) % segments;
