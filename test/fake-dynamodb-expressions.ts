/**
 * What a request to DynamoDB asks of a row and does to it, in both of its languages: expressions, as our client speaks, and
 * `Expected`/`AttributeUpdates`, as the Java KCL does. Pure. Only the forms that lease tables need; any other is refused
 * aloud. Used by fake-dynamodb.ts.
 */
import { DynamoDBServiceException, type AttributeValue, type ExpectedAttributeValue } from '@aws-sdk/client-dynamodb';
import { integerOf, type Row } from '../kinesis-client/leases/lease-row';

/** The part of a request that reads or changes rows by rules. */
export interface Rules {
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Row;
  readonly Expected?: Readonly<Record<string, ExpectedAttributeValue>>;
  readonly AttributeUpdates?: Readonly<Record<string, { readonly Action?: string; readonly Value?: AttributeValue }>>;
}

export class ValidationException extends DynamoDBServiceException {
  constructor(message: string) {
    super({ name: 'ValidationException', $fault: 'client', $metadata: { httpStatusCode: 400 }, message });
  }
}

/** Whether the request's condition holds for the row; without a condition always. */
export function holds(rules: Rules, row: Row | undefined): boolean {
  checkLanguage(rules);
  const names = new Names(rules);
  const clauses = rules.ConditionExpression?.split(/\s+AND\s+/) ?? [];
  const expressions = clauses.every((clause) => clauseHolds(clause.trim(), names, row));
  const expected = Object.entries(rules.Expected ?? {});
  return expressions && expected.every(([name, wanted]) => expectedHolds(name, wanted, row));
}

/** The row after the update. `before` is the row, or its key alone when there is none yet. */
export function updated(rules: Rules, before: Row): Row {
  const after: Record<string, AttributeValue> = { ...before };
  for (const { action, name, value } of changesOf(rules)) {
    if (value !== undefined) checkValue(name, value);
    if (action === 'remove') delete after[name];
    else if (action === 'set') after[name] = value as AttributeValue;
    else after[name] = { N: sum(name, after[name], value) };
  }
  return after;
}

/** Throws for what DynamoDB does not store. */
export function checkValue(name: string, { S, SS }: AttributeValue, isKey = false): void {
  if (SS?.length === 0 || (isKey && S === '')) throw new ValidationException(`${name} may not be empty`);
}

/** DynamoDB's equality: numbers by value, sets without order, and never between two types. */
function equals(stored: AttributeValue | undefined, wanted: AttributeValue | undefined): boolean {
  if (stored === undefined || wanted === undefined) return false;
  if (wanted.N !== undefined) return stored.N !== undefined && sameNumber(stored.N, wanted.N);
  if (wanted.B !== undefined) return stored.B !== undefined && Buffer.compare(stored.B, wanted.B) === 0;
  if (wanted.SS !== undefined) return [...wanted.SS].sort().join() === [...(stored.SS ?? [])].sort().join();
  if (wanted.BOOL !== undefined) return stored.BOOL === wanted.BOOL;
  return wanted.S !== undefined && stored.S === wanted.S;
}

const sameNumber = (a: string, b: string): boolean =>
  integerOf(a) === undefined ? Number(a) === Number(b) : integerOf(a) === integerOf(b);

interface Change {
  readonly action: 'set' | 'remove' | 'add';
  readonly name: string;
  readonly value?: AttributeValue;
}

function changesOf(rules: Rules): readonly Change[] {
  const names = new Names(rules);
  const legacy = Object.entries(rules.AttributeUpdates ?? {}).map(
    ([name, { Action = 'PUT', Value: value }]): Change => {
      if (Action === 'DELETE' && value === undefined) return { action: 'remove', name };
      if (value === undefined || !(Action === 'PUT' || Action === 'ADD'))
        throw new ValidationException(`AttributeUpdates of ${name} with action ${Action}`);
      return { action: Action === 'PUT' ? 'set' : 'add', name, value };
    },
  );
  const parts = (rules.UpdateExpression ?? '').split(/\s*\b(SET|REMOVE|ADD)\s+/).slice(1);
  const changes = parts.flatMap((verb, i) => {
    if (i % 2 === 1) return [];
    const items = (parts[i + 1] ?? '').split(',').map((item) => item.trim());
    return items.map((item) => changeOf(verb, item, names));
  });
  const named = changes.map(({ name }) => name);
  if (new Set(named).size < named.length) throw new ValidationException('Two document paths overlap with each other');
  return [...legacy, ...changes];
}

function changeOf(verb: string, item: string, names: Names): Change {
  if (verb === 'REMOVE') return { action: 'remove', name: names.name(item) };
  const [, path = '', value = ''] = (verb === 'SET' ? /^(\S+)\s*=\s*(:\w+)$/ : /^(\S+)\s+(:\w+)$/).exec(item) ?? [];
  return { action: verb === 'SET' ? 'set' : 'add', name: names.name(path), value: names.value(value) };
}

function clauseHolds(clause: string, names: Names, row: Row | undefined): boolean {
  const [, test, tested = ''] = /^(attribute_exists|attribute_not_exists)\s*\(\s*(\S+?)\s*\)$/.exec(clause) ?? [];
  if (test !== undefined) return (row?.[names.name(tested)] !== undefined) === (test === 'attribute_exists');
  const [, path = '', operator, value = ''] = /^(\S+)\s*(=|<>)\s*(:\w+)$/.exec(clause) ?? [];
  if (operator === undefined) throw new ValidationException(`cannot read the condition: ${clause}`);
  return equals(row?.[names.name(path)], names.value(value)) === (operator === '=');
}

/** The Java clients send only these two: a value, or that there must be none. */
function expectedHolds(name: string, wanted: ExpectedAttributeValue, row: Row | undefined): boolean {
  if (wanted.ComparisonOperator !== undefined) throw new ValidationException(`ComparisonOperator of ${name}`);
  if (wanted.Value !== undefined && wanted.Exists !== false) return equals(row?.[name], wanted.Value);
  if (wanted.Exists !== false || wanted.Value !== undefined) throw new ValidationException(`Expected of ${name}`);
  return row?.[name] === undefined;
}

function sum(name: string, stored: AttributeValue | undefined, added: AttributeValue | undefined): string {
  const [a, b] = [integerOf(stored === undefined ? '0' : (stored.N ?? '')), integerOf(added?.N ?? '')];
  if (a === undefined || b === undefined) throw new ValidationException(`ADD to ${name}, which is no whole number`);
  return String(a + b);
}

function checkLanguage(rules: Rules): void {
  const isLegacy = rules.Expected !== undefined || rules.AttributeUpdates !== undefined;
  const isModern = rules.ConditionExpression !== undefined || rules.UpdateExpression !== undefined;
  if (isLegacy && isModern)
    throw new ValidationException('Can not use both expression and non-expression parameters in the same request');
  const text = `${rules.ConditionExpression ?? ''} ${rules.UpdateExpression ?? ''}`;
  const defined = [...Object.keys(rules.ExpressionAttributeNames ?? {}), ...Object.keys(rules.ExpressionAttributeValues ?? {})]; // prettier-ignore
  const used = new Set(text.match(/[#:]\w+/g));
  const unused = defined.filter((name) => !used.has(name));
  if (unused.length > 0) throw new ValidationException(`unused in expressions: ${unused.join(', ')}`);
}

/** What the placeholders of a request stand for. */
class Names {
  constructor(private readonly rules: Rules) {}

  name(path: string): string {
    const name = path.startsWith('#') ? this.rules.ExpressionAttributeNames?.[path] : path;
    if (name === undefined || !/^[#\w]/.test(path)) throw new ValidationException(`no attribute name: "${path}"`);
    return name;
  }

  value(placeholder: string): AttributeValue {
    const value = this.rules.ExpressionAttributeValues?.[placeholder];
    if (value === undefined) throw new ValidationException(`no attribute value: "${placeholder}"`);
    return value;
  }
}
