import { payloadOf } from '../test/requests';
import { collectedColumns } from './collected-columns';

const processor = { artifact: 'flotilla-enricher', version: '1.0.0' };

describe('collectedColumns', () => {
  it('takes what the collector and we know', () => {
    const payload = payloadOf({ userAgent: 'a\tb\r\nc\u0001', ipAddress: '192.0.2.1, x', networkUserId: 'n' });
    expect(collectedColumns(payload, processor, 1_700_000_001_000)).toEqual({
      columns: {
        etl_tstamp: '2023-11-14 22:13:21.000',
        collector_tstamp: '2023-11-14 22:13:20.123',
        v_collector: 'test-1.0.0-kinesis',
        v_etl: 'flotilla-enricher-1.0.0',
        user_ipaddress: '192.0.2.1',
        network_userid: 'n',
        useragent: 'a    bc\u0001',
      },
      faults: [],
    });
  });

  it('tells an empty user agent from none', () => {
    expect(collectedColumns(payloadOf({ userAgent: '' }), processor, 0).columns.useragent).toBe('');
    expect(collectedColumns(payloadOf({}), processor, 0).columns.useragent).toBeUndefined();
  });

  it('refuses a time that no warehouse can hold', () => {
    const { columns, faults } = collectedColumns(payloadOf({ timestamp: -(2 ** 63) }), processor, 0);
    expect(columns.collector_tstamp).toBeUndefined();
    expect(faults).toEqual([
      {
        enrichment: null,
        message: {
          field: 'collector_tstamp',
          value: '-292275055-05-16T16:47:04.192Z',
          expectation: 'formatted as -292275055-05-16 16:47:04.192 is not Redshift-compatible',
        },
      },
    ]);
  });
});
