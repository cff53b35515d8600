import { type EnrichedEvent } from '../protocol/enriched-event';
import { applyParameters } from './apply-parameters';

function apply(parameters: Record<string, string | null>, event: EnrichedEvent = {}): [EnrichedEvent, object[]] {
  const faults = applyParameters(event, new Map(Object.entries(parameters)));
  return [JSON.parse(JSON.stringify(event)), faults];
}

describe('applyParameters', () => {
  it('fills columns and ignores what has none', () =>
    expect(apply({ e: 'pv', res: '1920x1080', se_va: '1.50', mac: 'x', constructor: 'y', vid: null })).toEqual([
      { event: 'page_view', dvce_screenwidth: '1920', dvce_screenheight: '1080', se_value: '1.50' },
      [],
    ]));

  it.each<[string, Record<string, string>, EnrichedEvent]>([
    ['se_ over ev_', { se_ca: 'new', ev_ca: 'old' }, { se_category: 'new' }],
    ['tnuid over nuid', { tnuid: 't', nuid: 'n' }, { network_userid: 't' }],
    ['an empty tnuid over nuid', { tnuid: '', nuid: 'n' }, {}],
    ['ti_nm over ti_na', { ti_nm: 'nm', ti_na: 'na' }, { ti_name: 'nm' }],
  ])('prefers %s', (_, parameters, columns) => expect(apply(parameters)).toEqual([columns, []]));

  it('clears what the collector gave', () =>
    expect(apply({ ua: '', ip: '' }, { useragent: 'x', user_ipaddress: '192.0.2.1', v_collector: 'c' })).toEqual([
      { v_collector: 'c' },
      [],
    ]));

  it('tells every fault, by the column, and keeps the rest', () =>
    expect(apply({ e: 'x', p: 'web', vid: 'y', ds: 'z' })).toEqual([
      { platform: 'web' },
      [
        { column: 'event', message: 'Not a valid event type' },
        { column: 'domain_sessionidx', message: 'Cannot be converted to java.lang.Integer' },
        { column: 'doc_width', message: 'Does not conform to regex (\\d+)x(\\d+)' },
      ],
    ]));
});
