import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../runtime/clock';
import { createHttpSchemaRepository } from './schema-repository';

const key = { vendor: 'com.acme', name: 'x', format: 'jsonschema', version: '1-0-0' };

async function withServer<T>(answer: RequestListener, use: (uri: string) => Promise<T>): Promise<T> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
const ask = (uri: string, { apiKey = null as string | null, bytesMax = 1_000_000, timeoutMs = 2_000 } = {}) =>
  createHttpSchemaRepository({ uri, apiKey, bytesMax }, systemClock).ask(key, timeoutMs);

test('asks for the static path below its address, with the key when there is one', async () => {
  const seen: unknown[] = [];
  await withServer(
    (request, response) => {
      seen.push([request.method, request.url, request.headers.apikey]);
      response.end('{"é":1}');
    },
    async (uri) => {
      expect(await ask(`${uri}/`)).toEqual({ kind: 'found', text: '{"é":1}' });
      await ask(`${uri}/api`, { apiKey: 'secret' });
    },
  );
  expect(seen).toEqual([
    ['GET', '/schemas/com.acme/x/jsonschema/1-0-0', undefined],
    ['GET', '/api/schemas/com.acme/x/jsonschema/1-0-0', 'secret'],
  ]);
});

test.each([
  [404, { kind: 'not-found', isUnsure: false }],
  [403, { kind: 'failure', message: 'Unexpected status 403' }],
  [302, { kind: 'failure', message: 'Unexpected status 302' }],
  [204, { kind: 'failure', message: 'Unexpected status 204' }],
])('status %d is about the schema', async (status, expected) => {
  const answer: RequestListener = (_request, response) => response.writeHead(status, { location: '/elsewhere' }).end();
  await withServer(answer, async (uri) => expect(await ask(uri)).toEqual(expected));
});

test.each([
  [500, 'RepoFailure'],
  [503, 'RepoFailure'],
  [429, 'ClientFailure'],
  [408, 'ClientFailure'],
])('status %d is an outage', async (status, error) => {
  const answer: RequestListener = (_request, response) => response.writeHead(status).end('no');
  await withServer(answer, async (uri) =>
    expect(await ask(uri)).toEqual({ kind: 'unavailable', error, message: `Unexpected status ${status}` }),
  );
});

test.each<[string, Record<string, string>, string, unknown]>([
  ['a page of its own', {}, '<html>', { isUnsure: false, lookupHistory: undefined }],
  ['what others said', {}, '{"message":"no","lookupHistory":["a"]}', { isUnsure: false, lookupHistory: ['a'] }],
  ['that it is not sure', { 'x-flotilla-lookup': 'unsure' }, '{"lookupHistory":["a"]}', { isUnsure: true, lookupHistory: ['a'] }],
  ['nonsense', { 'x-flotilla-lookup': 'maybe' }, '{"lookupHistory":7}', { isUnsure: false, lookupHistory: undefined }],
  ['more than anybody reads', {}, `{"lookupHistory":["${'x'.repeat(70_000)}"]}`, { isUnsure: false, lookupHistory: undefined }],
])('a 404 may say %s', async (_name, headers, body, expected) => {
  const answer: RequestListener = (_request, response) => response.writeHead(404, headers).end(body);
  await withServer(answer, async (uri) => expect(await ask(uri)).toEqual({ kind: 'not-found', ...(expected as object) }));
}); // prettier-ignore

test('a document beyond the bound is not read to its end', async () => {
  const answer: RequestListener = (_request, response) => void response.end('x'.repeat(100_000));
  await withServer(answer, async (uri) =>
    expect(await ask(uri, { bytesMax: 1_000 })).toEqual({
      kind: 'failure',
      message: 'Schema is larger than 1000 bytes',
    }),
  );
});

test.each<[string, RequestListener]>([
  ['no answer', () => undefined],
  ['an answer that stops halfway', (_request, response) => void response.write('{"a":')],
])('%s within the bound is an outage', async (_name, answer) => {
  await withServer(answer, async (uri) =>
    expect(await ask(uri, { timeoutMs: 50 })).toEqual({
      kind: 'unavailable',
      error: 'ClientFailure',
      message: expect.stringContaining('no answer within 50 ms') as string,
    }),
  );
});

test('a server that is not there is an outage, and the reason is told', async () => {
  const uri = await withServer(
    () => undefined,
    (gone) => Promise.resolve(gone),
  );
  expect(await ask(uri)).toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
});
