import { lookupOrder, parseResolverConfig } from './resolver-config';

const family = 'iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/';
const central = {
  name: 'Iglu Central',
  priority: 0,
  vendorPrefixes: ['com.snowplowanalytics'],
  connection: { http: { uri: 'http://iglucentral.example' } },
};
const textOf = (data: unknown, version = '1-0-3'): string => JSON.stringify({ schema: family + version, data });
const withOne = (repository: object): string =>
  textOf({ cacheSize: 500, repositories: [{ ...central, ...repository }] });
const faultsOf = (text: string): readonly string[] => {
  const parsed = parseResolverConfig(text);
  return parsed.ok ? [] : parsed.faults;
};
const configOf = (text: string) => {
  const parsed = parseResolverConfig(text);
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  return parsed.config;
};

describe('a resolver configuration', () => {
  it('is read as it stands', () => {
    const config = configOf(
      textOf({
        cacheSize: 500,
        cacheTtl: 600,
        repositories: [
          central,
          {
            name: 'Acme',
            priority: 5,
            vendorPrefixes: ['com.acme', ''],
            connection: { http: { uri: 'https://iglu.acme.example/api/', apikey: 'a-b-c' } },
          },
          { name: 'Own', priority: -1.5, vendorPrefixes: [], connection: { embedded: { path: '/own-schemas' } } },
        ],
      }),
    );
    expect(config).toEqual({
      cacheSize: 500,
      cacheTtlSeconds: 600,
      repositories: [
        {
          name: 'Iglu Central',
          priority: 0,
          vendorPrefixes: ['com.snowplowanalytics'],
          connection: { kind: 'http', uri: 'http://iglucentral.example', apiKey: null },
        },
        {
          name: 'Acme',
          priority: 5,
          vendorPrefixes: ['com.acme', ''],
          connection: { kind: 'http', uri: 'https://iglu.acme.example/api', apiKey: 'a-b-c' },
        },
        {
          name: 'Own',
          priority: -1.5,
          vendorPrefixes: [],
          connection: { kind: 'embedded', path: '/own-schemas' },
        },
      ],
    });
  });

  it.each(['1-0-0', '1-0-1', '1-0-2', '1-0-3'])('may be of version %s', (version) => {
    expect(faultsOf(textOf({ cacheSize: 0, cacheTtl: 1, repositories: [] }, version))).toEqual([]);
  });

  it.each([
    [undefined, null],
    [null, null],
    [0, 0],
    [60, 60],
  ])('keeps with a cacheTtl of %s for %s seconds', (cacheTtl, expected) => {
    expect(configOf(textOf({ cacheSize: 1, cacheTtl, repositories: [] })).cacheTtlSeconds).toBe(expected);
  });

  it('drops one slash at the end of an address, and takes null for no key', () => {
    const { repositories } = configOf(withOne({ connection: { http: { uri: 'http://a.example/x//', apikey: null } } }));
    expect(repositories[0]?.connection).toEqual({ kind: 'http', uri: 'http://a.example/x/', apiKey: null });
  });
});

const at = 'data.repositories[0]';
const httpOf = (http: unknown): string => withOne({ connection: { http } });
const uriRule = 'it must be an http:// or https:// address without user, query and fragment';
const keyRule = `${at}.connection.http.apikey must be a text of ASCII characters without blanks, or null`;
const versionRule = `it must be ${family}VERSION with a VERSION of 1-0-0, 1-0-1, 1-0-2, 1-0-3`;

describe('is refused with one line when', () => {
  it.each<[string, string, string]>([
    ['it is no JSON', '{"apikey": "SECRET', 'it is no JSON'],
    ['it is empty', '', 'it is no JSON'],
    ['it is an array', '[]', 'it is an array: it must be an object'],
    ['it is null', 'null', 'it is null: it must be an object'],
    ['it has no schema', JSON.stringify({ data: {} }), 'it must have schema'],
    ['it has no data', JSON.stringify({ schema: `${family}1-0-3` }), 'it must have data'],
    ['its version is not known', textOf({}, '1-0-4'), `schema is "${family}1-0-4": ${versionRule}`],
    ['its version is none', textOf({}, '1-0'), `schema is "${family}1-0": ${versionRule}`],
    ['its schema is another', JSON.stringify({ schema: 'iglu:a/b/jsonschema/1-0-3', data: {} }), `schema is "iglu:a/b/jsonschema/1-0-3": ${versionRule}`],
    ['its schema is no text', JSON.stringify({ schema: 7, data: {} }), `schema is 7: ${versionRule}`],
    ['its data is no object', textOf(1), 'data is 1: it must be an object'],
    ['cacheSize is missing', textOf({ repositories: [] }), 'data must have cacheSize'],
    ['cacheSize is negative', textOf({ cacheSize: -1, repositories: [] }), 'data.cacheSize is -1: it must be a whole number, 0 or more'],
    ['cacheSize is text', textOf({ cacheSize: '5', repositories: [] }), 'data.cacheSize is "5": it must be a whole number, 0 or more'],
    ['cacheTtl is 0 before 1-0-3', textOf({ cacheSize: 1, cacheTtl: 0, repositories: [] }, '1-0-2'), 'data.cacheTtl is 0: it must be a whole number, 1 or more'],
    ['cacheTtl is negative', textOf({ cacheSize: 1, cacheTtl: -1, repositories: [] }), 'data.cacheTtl is -1: it must be a whole number, 0 or more'],
    ['cacheTtl is no whole number', textOf({ cacheSize: 1, cacheTtl: 1.5, repositories: [] }), 'data.cacheTtl is 1.5: it must be a whole number, 0 or more'],
    ['repositories are missing', textOf({ cacheSize: 1 }), 'data must have repositories'],
    ['repositories are no array', textOf({ cacheSize: 1, repositories: {} }), 'data.repositories is an object: it must be an array'],
    ['a key means nothing', textOf({ cacheSize: 1, repositories: [], ttl: 5 }), 'data has "ttl": there are cacheSize, cacheTtl, repositories'],
    ['a repository is no object', textOf({ cacheSize: 1, repositories: ['x'] }), `${at} is "x": it must be an object`],
    ['a repository has no name', withOne({ name: undefined }), `${at} must have name`],
    ['a name is empty', withOne({ name: '' }), `${at}.name is "": it must be a text`],
    ['a priority is text', withOne({ priority: '1' }), `${at}.priority is "1": it must be a number`],
    ['a repository has no prefixes', withOne({ vendorPrefixes: undefined }), `${at} must have vendorPrefixes`],
    ['prefixes are text', withOne({ vendorPrefixes: 'com.acme' }), `${at}.vendorPrefixes is "com.acme": it must be an array`],
    ['a prefix is no text', withOne({ vendorPrefixes: ['a', 1] }), `${at}.vendorPrefixes[1] is 1: it must be a text`],
    ['there is no connection', withOne({ connection: undefined }), `${at} must have connection`],
    ['the connection is empty', withOne({ connection: {} }), `${at}.connection must have either http or embedded`],
    ['the connection is both', withOne({ connection: { http: { uri: 'http://a.example' }, embedded: { path: '/x' } } }), `${at}.connection must have either http or embedded`],
    ['http is no object', httpOf('http://a.example'), `${at}.connection.http is "http://a.example": it must be an object`],
    ['there is no address', httpOf({}), `${at}.connection.http must have uri`],
    ['the address is relative', httpOf({ uri: 'iglu.example' }), `${at}.connection.http.uri is "iglu.example": ${uriRule}`],
    ['the address is a file', httpOf({ uri: 'file:///etc' }), `${at}.connection.http.uri is "file:///etc": ${uriRule}`],
    ['the address has a query', httpOf({ uri: 'http://a.example/?x' }), `${at}.connection.http.uri is "http://a.example/?x": ${uriRule}`],
    ['the address is no text', httpOf({ uri: 5 }), `${at}.connection.http.uri is 5: ${uriRule}`],
    ['the address has a password, which is not printed', httpOf({ uri: 'http://me:SECRET@a.example' }), `${at}.connection.http.uri must be ${uriRule.slice('it must be '.length)}`],
    ['the key has a line end, and it is not printed', httpOf({ uri: 'http://a.example', apikey: 'SECRET\n' }), keyRule],
    ['the key is no text', httpOf({ uri: 'http://a.example', apikey: 5 }), keyRule],
    ['http has a key that means nothing', httpOf({ uri: 'http://a.example', apiKey: 'x' }), `${at}.connection.http has "apiKey": there are uri, apikey`],
    ['an embedded one has no path', withOne({ connection: { embedded: {} } }), `${at}.connection.embedded must have path`],
    ['a path is no text', withOne({ connection: { embedded: { path: 1 } } }), `${at}.connection.embedded.path is 1: it must be a text`],
    ['a repository has a key that means nothing', withOne({ url: 'x' }), `${at} has "url": there are name, priority, vendorPrefixes, connection`],
    ['two have one name', textOf({ cacheSize: 1, repositories: [central, central] }), 'data.repositories[1].name is "Iglu Central": it must be another than that of data.repositories[0]'],
  ])('%s', (_when, text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
    expect(fault).not.toMatch(/SECRET|\n/);
  }); // prettier-ignore
});

test('all faults are told at once', () => {
  const repositories = [
    { ...central, priority: 'x', connection: {} },
    { ...central, vendorPrefixes: [null] },
  ];
  expect(faultsOf(textOf({ cacheSize: -1, cacheTtl: 'x', repositories, more: 1 }))).toEqual([
    'data has "more": there are cacheSize, cacheTtl, repositories',
    'data.cacheSize is -1: it must be a whole number, 0 or more',
    'data.cacheTtl is "x": it must be a whole number, 0 or more',
    'data.repositories[0].priority is "x": it must be a number',
    'data.repositories[0].connection must have either http or embedded',
    'data.repositories[1].vendorPrefixes[0] is null: it must be a text',
  ]);
});

describe('the order of asking', () => {
  const http = { http: { uri: 'http://a.example' } };
  const embedded = { embedded: { path: '/x' } };
  const config = configOf(
    textOf({
      cacheSize: 1,
      repositories: [
        { name: 'far 2', priority: 2, vendorPrefixes: [], connection: http },
        { name: 'far 1', priority: 1, vendorPrefixes: ['org.other'], connection: http },
        { name: 'near 9', priority: 9, vendorPrefixes: [], connection: embedded },
        { name: 'acme far 7', priority: 7, vendorPrefixes: ['net.x', 'com.acme'], connection: http },
        { name: 'acme near 8', priority: 8, vendorPrefixes: ['com.acme'], connection: embedded },
        { name: 'far 2 too', priority: 2, vendorPrefixes: [], connection: http },
      ],
    }),
  );
  const others = ['near 9', 'far 1', 'far 2', 'far 2 too'];

  it.each<[string, string[]]>([
    ['com.acme', ['acme near 8', 'acme far 7', ...others]],
    ['com.acmecorp', ['acme near 8', 'acme far 7', ...others]],
    ['com.acm', ['acme near 8', 'near 9', 'far 1', 'far 2', 'far 2 too', 'acme far 7']],
    ['Com.acme', ['acme near 8', 'near 9', 'far 1', 'far 2', 'far 2 too', 'acme far 7']],
    ['org.other', ['far 1', 'acme near 8', 'near 9', 'far 2', 'far 2 too', 'acme far 7']],
    ['net.x.y', ['acme far 7', 'acme near 8', ...others]],
  ])('for %s is: prefix, kind, priority, file', (vendor, expected) => {
    expect(lookupOrder(config, vendor).map(({ name }) => name)).toEqual(expected);
  });

  it('leaves the configuration as it was', () => {
    expect(config.repositories[0]?.name).toBe('far 2');
  });
});
