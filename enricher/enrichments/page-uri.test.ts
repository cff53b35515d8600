import { pageUri } from './page-uri';

const run = (url?: string, refererUri?: string): ReturnType<typeof pageUri> =>
  pageUri({ event: { page_url: url }, refererUri, unstructSchema: undefined });

describe('pageUri', () => {
  it('takes the URL apart and stores it as it is read', () =>
    expect(run('https://a.test/x y?b=c#d').columns).toEqual({
      page_url: 'https://a.test/x%20y?b=c#d',
      page_urlscheme: 'https',
      page_urlhost: 'a.test',
      page_urlport: '443',
      page_urlpath: '/x%20y',
      page_urlquery: 'b=c',
      page_urlfragment: 'd',
    }));

  it('falls back on the Referer header', () => {
    expect(run(undefined, 'http://b.test').columns).toMatchObject({ page_url: 'http://b.test', page_urlport: '80' });
    expect(run('http://a.test', 'http://b.test').columns).toMatchObject({ page_url: 'http://a.test' });
  });

  it('adds nothing without either', () => expect(run()).toEqual({}));

  it('fails on what nobody can read, and leaves the column', () => {
    const { columns, faults } = run('http://');
    expect(columns).toBeUndefined();
    expect(faults).toMatchObject([{ enrichment: null, message: { error: expect.stringContaining('[http://]') } }]);
  });
});
