import { crossDomain } from './cross-domain';

const run = (query?: string): ReturnType<typeof crossDomain> =>
  crossDomain({ event: { page_urlquery: query }, refererUri: undefined, unstructSchema: undefined });
const time = '2023-11-14 22:13:19.999';

describe('crossDomain', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['_sp=abc.1699999999999', 'abc', time],
    ['a=b;_sp=abc%2E1699999999999', 'abc', time],
    ['_sp=abc.1699999999999.session.user', 'abc', time],
    ['_sp=a.1&_sp=b.1699999999999', 'b', time],
    ['_sp=a%09b.1699999999999', 'a    b', time],
    ['_sp=.1699999999999', undefined, time],
    ['_sp=abc', 'abc', undefined],
    ['_sp=abc...', 'abc', undefined],
    ['_sp=...', undefined, undefined],
  ])('reads %s', (query, user, tstamp) => {
    const { columns, faults } = run(query);
    expect(faults).toBeUndefined();
    expect([columns?.refr_domain_userid, columns?.refr_dvce_tstamp]).toEqual([user, tstamp]);
  });

  it.each([undefined, 'utm_source=x', '_sp=', '_sp', 'x_sp=a.1'])('finds nothing in %j', (query) =>
    expect(run(query)).toEqual({}),
  );

  it.each([
    ['_sp=abc.x', 'x', 'not in the expected format: ms since epoch'],
    ['_sp=abc..x', '', 'not in the expected format: ms since epoch'],
  ])('fails on a bad time: %s', (query, value, expectation) =>
    expect(run(query).faults).toEqual([{ enrichment: null, message: { field: 'sp_dtm', value, expectation } }]),
  );
});
