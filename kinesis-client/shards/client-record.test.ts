import { clientRecord } from './client-record';

const outer = {
  sequenceNumber: '7',
  partitionKey: 'a',
  data: Buffer.from('an aggregate'),
  arrivedAtMs: 1_700_000_000_000,
};
const record = clientRecord(outer, {
  subSequenceNumber: 3,
  partitionKey: 'user-1',
  explicitHashKey: '42',
  bytes: Buffer.from('hello'),
  aggregated: true,
});
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
  });

  it('has beside them what Node can do better', () => {
    const { bytes, explicitHashKey, aggregated } = record;
    expect([bytes.toString(), explicitHashKey, aggregated]).toEqual(['hello', '42', true]);
  });
});
