import { jsonOf } from '../protocol/json';
import type { ResolverConfig } from '../protocol/resolver-config';
import { decideLookup, isListed, notAskedIn, type Lookup, type LookupDecision } from './decide-lookup';

const missing = (notAsked: readonly string[] | null, isFaulty = false): Lookup => ({
  kind: 'missing',
  lookupHistory: [],
  notAsked,
  isFaulty,
});
const found: Lookup = { kind: 'found', text: '{}' };
const down: Lookup = { kind: 'down', reason: 'connect ECONNREFUSED' };

/** `listed`: the repositories for which the vendor of the schema is listed. */
test.each<[string, Lookup, { resolved: boolean; listed: readonly string[] }, LookupDecision]>([
  ['found', found, { resolved: false, listed: [] }, 'known'],
  ['found, another name than ever', found, { resolved: true, listed: ['A'] }, 'known'],
  ['all were asked, none has it', missing([]), { resolved: false, listed: [] }, 'not-found'],
  ['it is gone: it was here once, and none has it now', missing([]), { resolved: true, listed: [] }, 'not-found'],
  ['listed, and its repository does not have it', missing([]), { resolved: false, listed: ['A'] }, 'not-found'],
  ['one has something that cannot be used', missing([], true), { resolved: true, listed: ['A'] }, 'not-found'],
  ['foreign, A could not be asked', missing(['A']), { resolved: false, listed: [] }, 'unsure'],
  ['listed for A, which could not be asked', missing(['A']), { resolved: false, listed: ['A'] }, 'wait'],
  ['listed for A, only B could not be asked', missing(['B']), { resolved: false, listed: ['A'] }, 'unsure'],
  ['listed for B, A and B could not be asked', missing(['A', 'B']), { resolved: false, listed: ['B'] }, 'wait'],
  ['resolved here before, A could not be asked', missing(['A']), { resolved: true, listed: [] }, 'wait'],
  ['nobody says which could not be asked, foreign', missing(null), { resolved: false, listed: [] }, 'unsure'],
  ['nobody says which could not be asked, listed for A', missing(null), { resolved: false, listed: ['A'] }, 'wait'],
  ['our own server is down, foreign', down, { resolved: false, listed: [] }, 'wait'],
  ['our own server is down, resolved here before', down, { resolved: true, listed: [] }, 'wait'],
  ['our own server is down, listed', down, { resolved: false, listed: ['A'] }, 'wait'],
])('%s', (_name, lookup, { resolved, listed }, expected) => {
  const isListedFor = (repository: string | null): boolean =>
    repository === null ? listed.length > 0 : listed.includes(repository);
  expect(decideLookup(lookup, { wasResolved: resolved, isListedFor })).toBe(expected);
});

describe('isListed', () => {
  const config: ResolverConfig = {
    cacheSize: 0,
    cacheTtlSeconds: null,
    repositories: [
      repository('Acme', ['com.acme', 'org.acme']),
      repository('Everything', ['']),
      repository('Central', ['com.snow']),
    ],
  };
  function repository(name: string, vendorPrefixes: readonly string[]) {
    return {
      name,
      priority: 1,
      vendorPrefixes,
      connection: { kind: 'http', uri: 'http://127.0.0.1:1', apiKey: null },
    } as const;
  }
  const key = (vendor: string) => ({ vendor, name: 'x', format: 'jsonschema', version: '1-0-0' });

  test.each<[string, string | null, boolean]>([
    ['com.acme', 'Acme', true],
    ['com.acmecorp.web', 'Acme', true],
    ['org.acme', 'Acme', true],
    ['com.acme', 'Central', false],
    ['com.acme', 'Nobody', false],
    ['com.acme', null, true],
    ['net.foreign', null, false],
    ['net.foreign', 'Everything', false],
  ])('the vendor %s for the repository %s: %s', (vendor, name, expected) => {
    expect(isListed(config, key(vendor), name)).toBe(expected);
  });
});

test.each<[string, unknown, readonly string[] | null]>([
  ['all said not found', [{ repository: 'A', errors: [{ error: 'NotFound' }] }], null],
  ['is empty', [], null],
  ['is none', { repository: 'A' }, null],
  ['is nonsense', [7, { repository: 8, errors: [] }, { repository: 'A' }], null],
  [
    'some failed',
    [
      { repository: 'A', errors: [{ error: 'NotFound' }] },
      { repository: 'B', errors: [{ error: 'ClientFailure', message: 'no answer' }] },
      { repository: 'C', errors: [{ error: 'NotFound' }, { error: 'RepoFailure', message: 'status 500' }] },
    ],
    ['B', 'C'],
  ],
])('a history in which %s', (_name, history, expected) => {
  expect(notAskedIn(jsonOf(history))).toEqual(expected);
});
