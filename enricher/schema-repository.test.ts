import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../runtime/clock';
import { createHttpSchemaRepository } from './schema-repository';
import { schemasFields, type SchemasSettings } from './schemas-config';

const defaults = Object.fromEntries(
  Object.entries(schemasFields).map(([name, field]) => [name, field.default]),
) as unknown as SchemasSettings;
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
const ask = (uri: string, settings: Partial<SchemasSettings> = {}) =>
  createHttpSchemaRepository({ ...defaults, ...settings, uri }, systemClock).ask(key);

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
  [404, { kind: 'not-found' }],
  [403, { kind: 'failure', message: 'Unexpected status 403' }],
  [302, { kind: 'failure', message: 'Unexpected status 302' }],
  [204, { kind: 'failure', message: 'Unexpected status 204' }],
])('status %d is about the schema', async (status, expected) => {
  const answer: RequestListener = (_request, response) => response.writeHead(status, { location: '/elsewhere' }).end();
  await withServer(answer, async (uri) => expect(await ask(uri)).toEqual(expected));
});

test.each([500, 503, 429, 408])('status %d is an outage', async (status) => {
  const answer: RequestListener = (_request, response) => response.writeHead(status).end('no');
  await withServer(answer, (uri) =>
    expect(ask(uri)).rejects.toMatchObject({ code: 'FLOTILLA_UNAVAILABLE', kind: 'retryable' }),
  );
});

test('a document beyond the bound is not read to its end', async () => {
  const answer: RequestListener = (_request, response) => void response.end('x'.repeat(100_000));
  await withServer(answer, async (uri) =>
    expect(await ask(uri, { schemaBytesMax: 1_000 })).toEqual({
      kind: 'failure',
      message: 'Schema is larger than 1000 bytes',
    }),
  );
});

test.each<[string, RequestListener]>([
  ['no answer', () => undefined],
  ['an answer that stops halfway', (_request, response) => void response.write('{"a":')],
])('%s within the bound is an outage', async (_name, answer) => {
  await withServer(answer, (uri) =>
    expect(ask(uri, { requestTimeoutMs: 50 })).rejects.toMatchObject({
      kind: 'retryable',
      message: expect.stringContaining('no answer within 50 ms') as string,
    }),
  );
});

test('a server that is not there is an outage, and the reason is told', async () => {
  const uri = await withServer(
    () => undefined,
    (gone) => Promise.resolve(gone),
  );
  await expect(ask(uri)).rejects.toMatchObject({
    kind: 'retryable',
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
});
