import { clientRecord } from './client-record';

const outer = {
  sequenceNumber: '7',
  partitionKey: 'a',
  data: Buffer.from('an aggregate'),
  arrivedAtMs: 1_700_000_000_000,
};
const user = { partitionKey: 'user-1', explicitHashKey: '42', data: Buffer.from('hello') };
const record = clientRecord(outer, user, 3, true);
const asInAwsKcl = {
  data: 'aGVsbG8=',
  partitionKey: 'user-1',
  sequenceNumber: '7',
  approximateArrivalTimestamp: 1_700_000_000_000,
  subSequenceNumber: 3,
  action: 'record',
};

describe('a client record', () => {
  it('has the properties of aws-kcl, in its order, for whoever prints, copies or lists it', () => {
    expect(JSON.stringify(record)).toBe(JSON.stringify(asInAwsKcl));
    expect({ ...record }).toEqual(asInAwsKcl);
    expect(Object.keys(record)).toEqual(Object.keys(asInAwsKcl));
    expect(structuredClone(record)).toEqual(asInAwsKcl);
    const names: string[] = [];
    for (const name in record) names.push(name);
    expect(names).toEqual(Object.keys(asInAwsKcl));
  });

  it('lets a processor write its own value over the data, as in aws-kcl', () => {
    const overwritten = clientRecord(outer, user, 3, true);
    Object.assign(overwritten, { data: 'decoded' });
    expect(JSON.stringify(overwritten)).toBe(JSON.stringify({ ...asInAwsKcl, data: 'decoded' }));
    expect(overwritten.bytes.toString()).toBe('hello');
    expect(record.data).toBe('aGVsbG8=');
  });

  it('has beside them what Node can do better', () => {
    const { bytes, explicitHashKey, aggregated } = record;
    expect([bytes.toString(), explicitHashKey, aggregated]).toEqual(['hello', '42', true]);
  });
});
