import { runEnrichments } from './index';

const input = { refererUri: undefined, unstructSchema: undefined };

describe('runEnrichments', () => {
  it('lets a later enrichment see what an earlier one added', () => {
    const event = { event: 'page_view', page_url: 'http://a.test/?_sp=u.1' };
    expect(runEnrichments(event, input)).toEqual([]);
    expect(event).toMatchObject({ page_urlquery: '_sp=u.1', refr_domain_userid: 'u' });
  });

  it('runs all of them, whatever fails', () => {
    const event = { page_url: 'http://', page_referrer: 'http://', collector_tstamp: '2023-11-14 22:13:20.123' };
    expect(runEnrichments(event, input)).toHaveLength(3);
    expect(event).toMatchObject({ derived_tstamp: '2023-11-14 22:13:20.123' });
  });
});
