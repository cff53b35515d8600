/**
 * A lease write as DynamoDB wants it: condition and update as expressions. Every name is aliased, since `key`, `data`
 * and others are reserved words there. Pure.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { LeaseWrite } from './lease-writes';

export interface UpdateExpressions {
  readonly ConditionExpression: string;
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

export function updateExpressions({
  where,
  set,
  remove,
}: Pick<LeaseWrite, 'where' | 'set' | 'remove'>): UpdateExpressions {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const alias = (name: string): string => {
    names[`#${name}`] = name;
    return `#${name}`;
  };
  const bind = (prefix: string, name: string, value: AttributeValue): string => {
    values[`:${prefix}_${name}`] = value;
    return `:${prefix}_${name}`;
  };
  const conditions = Object.entries(where).map(([name, value]) =>
    value === null ? `attribute_not_exists(${alias(name)})` : `${alias(name)} = ${bind('seen', name, value)}`,
  );
  const sets = Object.entries(set).map(([name, value]) => `${alias(name)} = ${bind('new', name, value)}`);
  const removes = remove.map(alias);
  return {
    ConditionExpression: conditions.join(' AND '),
    UpdateExpression: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
