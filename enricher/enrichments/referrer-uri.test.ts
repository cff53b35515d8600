import { referrerUri } from './referrer-uri';

const run = (referrer?: string): ReturnType<typeof referrerUri> =>
  referrerUri({ event: { page_referrer: referrer }, refererUri: 'http://header.test', unstructSchema: undefined });

describe('referrerUri', () => {
  it('takes the repaired text apart and leaves page_referrer as sent', () =>
    expect(run('http://a.test/x y|z').columns).toEqual({
      refr_urlscheme: 'http',
      refr_urlhost: 'a.test',
      refr_urlport: '80',
      refr_urlpath: '/x%20y%7Cz',
      refr_urlquery: undefined,
      refr_urlfragment: undefined,
    }));

  it('adds nothing without a referrer, whatever the header says', () => expect(run()).toEqual({}));

  it('fails on what nobody can read', () => expect(run('http://[::1/').faults).toHaveLength(1));
});
