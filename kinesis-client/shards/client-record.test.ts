import { toClientRecords } from './client-record';
import type { StreamRecord } from './stream';

const streamRecord = (sequenceNumber: string): StreamRecord => ({
  sequenceNumber,
  partitionKey: 'user-1',
  data: Buffer.from('hello'),
  arrivedAtMs: 1_700_000_000_000,
});
const start = { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 };

describe('a client record', () => {
  it('prints as aws-kcl prints it, and hides what is ours', () => {
    const [record] = toClientRecords([streamRecord('7')], start);
    expect(JSON.parse(JSON.stringify(record))).toEqual({
      action: 'record',
      data: 'aGVsbG8=',
      partitionKey: 'user-1',
      sequenceNumber: '7',
      subSequenceNumber: 0,
      approximateArrivalTimestamp: 1_700_000_000_000,
    });
    expect(record?.bytes.toString()).toBe('hello');
    expect(record?.aggregated).toBe(false);
    expect({ ...record }).not.toHaveProperty('bytes');
  });

  it('is dropped when it was checkpointed or delivered before', () => {
    const records = ['8', '9', '10', '11'].map(streamRecord);
    const kept = toClientRecords(records, { sequenceNumber: '9', subSequenceNumber: 0 });
    expect(kept.map((record) => record.sequenceNumber)).toEqual(['10', '11']);
  });
});
