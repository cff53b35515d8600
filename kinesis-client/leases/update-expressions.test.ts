import { updateExpressions } from './update-expressions';

describe('updateExpressions', () => {
  it('aliases every name and binds the old and the new value of an attribute apart', () => {
    const where = { leaseCounter: { N: '7' }, checkpointOwner: null };
    const set = { leaseCounter: { N: '8' }, leaseOwner: { S: 'me' } };
    expect(updateExpressions({ where, set, remove: ['checkpointOwner', 'latestSince'] })).toEqual({
      ConditionExpression: '#leaseCounter = :seen_leaseCounter AND attribute_not_exists(#checkpointOwner)',
      UpdateExpression:
        'SET #leaseCounter = :new_leaseCounter, #leaseOwner = :new_leaseOwner REMOVE #checkpointOwner, #latestSince',
      ExpressionAttributeNames: {
        '#leaseCounter': 'leaseCounter',
        '#leaseOwner': 'leaseOwner',
        '#checkpointOwner': 'checkpointOwner',
        '#latestSince': 'latestSince',
      },
      ExpressionAttributeValues: {
        ':seen_leaseCounter': { N: '7' },
        ':new_leaseCounter': { N: '8' },
        ':new_leaseOwner': { S: 'me' },
      },
    });
  });

  it('has no REMOVE when nothing is removed', () => {
    const { UpdateExpression } = updateExpressions({ where: { a: null }, set: { a: { S: 'x' } }, remove: [] });
    expect(UpdateExpression).toBe('SET #a = :new_a');
  });
});
