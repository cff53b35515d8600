import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startIgluRepository, type IgluRepository, type RepositoryMood } from '../../test/iglu-repository';
import { printedBy } from '../../test/printed-by';
import { explain } from './explain';

const address = 'com.acme/x/jsonschema/1-0-0';
const key = `iglu:${address}`;
let folder: string;
let acme: IgluRepository;
let central: IgluRepository;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'));
  acme = await startIgluRepository();
  central = await startIgluRepository({ [address]: '{}' });
});
afterEach(async () => {
  await Promise.all([acme.down(), central.down()]);
  rmSync(folder, { recursive: true });
});
const http = (uri: string, apikey?: string) => ({ http: { uri, apikey } });
const resolverOf = (extra: object[] = []): string => {
  const file = join(folder, 'resolver.json');
  const repositories = [
    { name: 'Central', priority: 0, vendorPrefixes: ['com.central'], connection: http(central.uri) },
    { name: 'Acme', priority: 5, vendorPrefixes: ['com.acme'], connection: http(acme.uri, 'secret') },
    ...extra,
  ];
  const schema = 'iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3';
  writeFileSync(file, JSON.stringify({ schema, data: { cacheSize: 0, repositories } }));
  return file;
};
/** Without the widths of the columns, the times and the ports. */
const run = async (...argv: string[]) => {
  const { code, out, err } = await printedBy(() => explain(argv));
  const shown = out.replaceAll(acme.uri, 'ACME').replaceAll(central.uri, 'CENTRAL').replaceAll(folder, 'FOLDER');
  const plain = shown.replace(/\d+ ms/g, 'N ms').replace(/ {2,}/g, '  ');
  return { code, out: plain.split('\n').slice(0, -1), err };
};

describe('flotilla schemas explain, with a resolver', () => {
  it('says who was asked, in which order and why, and what each said', async () => {
    const near = { name: 'Near', priority: 9, vendorPrefixes: [], connection: { embedded: { path: folder } } };
    const last = { name: 'Last', priority: 9, vendorPrefixes: [''], connection: http('http://127.0.0.1:9') };
    expect(await run(key, '--resolver', resolverOf([{ ...last, vendorPrefixes: [] }, near]))).toEqual({
      code: 0,
      err: '',
      out: [
        key,
        '1  Acme  ACME  lists com.acme, http, priority 5  not found (status 404), N ms',
        '2  Near  FOLDER  lists no vendor, embedded, priority 9  not found, N ms',
        '3  Central  CENTRAL  lists another vendor, http, priority 0  found (status 200), N ms',
        '4  Last  http://127.0.0.1:9  lists no vendor, http, priority 9  not asked: found before',
        'found',
      ],
    });
    expect([acme.asked, central.asked]).toEqual([[address], [address]]);
  });

  it('finds what lies in an embedded folder', async () => {
    const path = join(folder, 'schemas', address);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '{}');
    const near = { name: 'Near', priority: 0, vendorPrefixes: ['com.acme'], connection: { embedded: { path: folder } } }; // prettier-ignore
    const { code, out } = await run(address, '--resolver', resolverOf([near]));
    expect([code, out[1]]).toEqual([0, '1  Near  FOLDER  lists com.acme, embedded, priority 0  found, N ms']);
  });

  it.each<[RepositoryMood, string]>([
    ['failing', 'cannot say: RepoFailure: Unexpected status 503 (status 503), N ms'],
    ['silent', 'cannot say: ClientFailure: no answer within N ms, N ms'],
    ['wrong', 'of no use: ClientFailure: Could not decode server response. It is no JSON (status 200), N ms'],
    ['redirecting', 'of no use: ClientFailure: Unexpected status 302 (status 302), N ms'],
    ['endless', 'of no use: ClientFailure: The document is too large for a schema (status 200), N ms'],
  ])('says what is wrong with a repository that is %s', async (mood, said) => {
    acme.mood = mood;
    central.schemas.clear();
    const timeout = mood === 'silent' ? ['--timeout-ms', '100'] : [];
    const { code, out } = await run(key, '--resolver', resolverOf(), ...timeout);
    expect([code, out[1]]).toEqual([1, `1  Acme  ACME  lists com.acme, http, priority 5  ${said}`]);
    expect(out[3]).toBe('not found: the schema server adds its core schemas and its own folders');
  });

  it('says that nobody is there', async () => {
    const uri = acme.uri;
    await acme.down();
    const { out } = await run(key, '--resolver', resolverOf());
    expect(out[1]).toMatch(/cannot say: ClientFailure: .*ECONNREFUSED/);
    expect(uri).toBe(acme.uri);
  });
});

describe('flotilla schemas explain, with a schema server', () => {
  let server: Server;
  let status: number;
  let headers: Record<string, string>;
  let body: string;
  beforeEach(async () => {
    server = createServer((_request, response) => response.writeHead(status, headers).end(body));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const lookupHistory = [
    { repository: 'Acme', errors: [{ error: 'RepoFailure', message: 'Unexpected status 503' }], attempts: 0, lastAttempt: 'T1' }, // prettier-ignore
    { repository: 'Central', errors: [{ error: 'NotFound' }], attempts: 1, lastAttempt: 'T2' },
  ];
  const lines = [
    '  Acme: RepoFailure: Unexpected status 503 (not asked now, last T1)',
    '  Central: not found (asked T2)',
  ];
  const message = 'The schema is not found';

  it.each<[string, number, Record<string, string>, object | string, string[]]>([
    ['found in its folders', 200, {}, '{}', ['found in its own folders']],
    ['found upstream', 200, { 'x-flotilla-repository': 'Iglu%20Central' }, '{}', ['found in Iglu Central']],
    ['not found', 404, {}, { message }, [message]],
    ['unsure', 404, { 'x-flotilla-lookup': 'unsure' }, { message, lookupHistory }, [`${message}, but it may exist: a repository could not be asked`, ...lines]],
    ['to be waited for', 503, {}, { message: 'wait', lookupHistory }, ['wait', ...lines]],
    ['from another program', 500, {}, '<html>', ['status 500']],
  ])('says that it is %s', async (_what, code, replyHeaders, reply, [first, ...rest]) => {
    [status, headers] = [code, replyHeaders];
    body = typeof reply === 'string' ? reply : JSON.stringify(reply);
    const { port } = server.address() as AddressInfo;
    const told = await run(key, '--server', `http://127.0.0.1:${port}/`);
    expect(told).toEqual({ code: code === 200 ? 0 : 1, err: '', out: [`${key}: ${first}`, ...rest] });
  }); // prettier-ignore
});

test.each<[string, string[], RegExp]>([
  ['no key', [], /^flotilla: "" is no schema key, like iglu:com.acme/],
  ['a key with a part of dots', ['iglu:../x/jsonschema/1-0-0'], /^flotilla: "iglu:..\/x\/jsonschema\/1-0-0" is no schema key/],
  ['a resolver that is missing', [key, '--resolver', '/nowhere'], /^flotilla: --resolver \/nowhere cannot be read: .*ENOENT/],
  ['a resolver with faults', [key, '--resolver', __filename], /^flotilla: .*explain.test.ts: it is no JSON\n$/],
  ['a server that is not there', [key, '--server', 'http://127.0.0.1:9'], /^flotilla: no schema server answers at http:\/\/127.0.0.1:9: .*; name one with --server\n$/],
  ['an unknown option', [key, '--al'], /^flotilla: --al is no option here; --help lists them\n$/],
])('%s is refused in one line', async (_what, argv, line) => {
  const { code, out, err } = await printedBy(() => explain(argv));
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(line);
}); // prettier-ignore
