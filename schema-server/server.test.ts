import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lookupHistory } from '../protocol/lookup-history';
import { systemClock } from '../runtime/clock';
import { FlotillaError } from '../runtime/errors';
import { silentLogger } from '../runtime/log';
import { createMetrics, type Metrics } from '../runtime/metrics';
import { createFolderSchemaStore, type FoundSchema, type SchemaStore } from './schema-store';
import { createSchemaServer, type SchemaServer } from './server';
import { createSchemaServerTelemetry } from './telemetry';

const settings = { requestTimeoutMs: 10_000, idleTimeoutMs: 60_000, connectionsMax: 100 };
const schema = '{ "type": "object",\n  "maximum": 1.0, "title": "é" }\n';
const address = 'com.acme/checkout/jsonschema/1-0-0';

let root: string;
let server: SchemaServer;
let metrics: Metrics;

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const serverOf = (store?: SchemaStore): SchemaServer => {
  metrics = createMetrics();
  const telemetry = createSchemaServerTelemetry(metrics, silentLogger);
  const folders = [join(root, 'core'), join(root, 'own')];
  const bounds = { schemaBytesMax: 10_000, cacheBytesMax: 100_000 };
  const real = createFolderSchemaStore({ folders, ...bounds, telemetry });
  return createSchemaServer({ settings, store: store ?? real, clock: systemClock, telemetry });
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'schema-server-'));
  write('core/org.core/page/jsonschema/1-0-0', '{}');
  write(`own/schemas/${address}`, schema);
  write('own/schemas/com.acme/checkout/jsonschema/1-0-1', '{}');
  write('own/schemas/com.acme/broken/jsonschema/1-0-0', '{');
  server = serverOf();
});
afterEach(async () => {
  await server.http.close();
  rmSync(root, { recursive: true });
});

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
const ask = (url: string, method: Method = 'GET') => server.http.inject({ method, url });
const answered = async (outcome: string): Promise<number | undefined> => {
  const { values } = await metrics.registry.getSingleMetric('flotilla_schema_server_requests_total')!.get();
  return values.find(({ labels }) => labels.outcome === outcome)?.value;
};

describe('one schema', () => {
  it.each(['/schemas', '/api/schemas'])('is its file as it stands, under %s', async (base) => {
    const reply = await ask(`${base}/${address}`);
    expect([reply.statusCode, reply.headers['content-type'], reply.body]).toEqual([200, 'application/json', schema]);
    expect(await answered('found')).toBe(1);
  });

  it('is the core one, whatever the user has', async () => {
    write('own/schemas/org.core/page/jsonschema/1-0-0', '"mine"');
    expect((await ask('/schemas/org.core/page/jsonschema/1-0-0')).body).toBe('{}');
  });

  it.each([
    'com.acme/checkout/jsonschema/1-0-2',
    'com.acme/checkout/jsonschema/0-1-0',
    'com acme/checkout/jsonschema/1-0-0',
  ])('%s is not found', async (missing) => {
    const reply = await ask(`/schemas/${missing}`);
    expect([reply.statusCode, reply.json()]).toEqual([404, { message: 'The schema is not found' }]);
    expect(await answered('missing')).toBe(1);
  });

  it('is not found when its file is none, and the answer says why', async () => {
    const reply = await ask('/schemas/com.acme/broken/jsonschema/1-0-0');
    expect([reply.statusCode, reply.json()]).toEqual([
      404,
      { message: 'The schema is not found: its file is no JSON' },
    ]);
    expect(await answered('unusable')).toBe(1);
  });
});

describe('what upstream repositories say', () => {
  const history = lookupHistory([], 0);
  const answerTo = async (found: FoundSchema) => {
    await server.http.close();
    server = serverOf({ find: async () => found, list: async () => [] });
    const { statusCode, headers, body } = await ask(`/schemas/${address}`);
    return { status: statusCode, lookup: headers['x-flotilla-lookup'], from: headers['x-flotilla-repository'], body };
  };
  const message = 'The schema is not found';

  it('stands in the headers and the body of the answer', async () => {
    expect(await answerTo({ kind: 'found', text: Buffer.from('{}'), repository: 'Iglu Central ü' })).toEqual({
      status: 200,
      from: 'Iglu%20Central%20%C3%BC',
      body: '{}',
    });
    expect(await answerTo({ kind: 'missing', isUnsure: false, history })).toEqual({
      status: 404,
      body: JSON.stringify({ message, lookupHistory: history }),
    });
    expect(await answerTo({ kind: 'missing', isUnsure: true, history })).toEqual({
      status: 404,
      lookup: 'unsure',
      body: JSON.stringify({ message, lookupHistory: history }),
    });
    expect(await answered('unsure')).toBe(1);
  });

  it('makes a schema be waited for with 503, and the server is healthy all the same', async () => {
    const { status, lookup, body } = await answerTo({ kind: 'wait', history });
    expect([status, lookup, JSON.parse(body)]).toEqual([
      503,
      undefined,
      { message: 'The schema must be waited for: a repository cannot be asked now', lookupHistory: history },
    ]);
    expect([server.health(), await answered('waiting')]).toEqual([null, 1]);
  });
});

describe('listings', () => {
  const uris = [`iglu:${address}`, 'iglu:com.acme/checkout/jsonschema/1-0-1'];

  it.each([
    ['/schemas', ['iglu:com.acme/broken/jsonschema/1-0-0', ...uris, 'iglu:org.core/page/jsonschema/1-0-0']],
    ['/schemas/com.acme', ['iglu:com.acme/broken/jsonschema/1-0-0', ...uris]],
    ['/api/schemas/com.acme/checkout', uris],
    ['/schemas/com.acme/checkout/jsonschema/1', uris],
    ['/schemas/com.nobody', []],
  ])('%s is an array of addresses', async (path, expected) => {
    const reply = await ask(path);
    expect([reply.statusCode, reply.headers['content-type'], reply.json()]).toEqual([
      200,
      'application/json',
      expected,
    ]);
  });

  it('of a model without schemas is not found', async () => {
    const reply = await ask('/schemas/com.acme/checkout/jsonschema/2');
    expect([reply.statusCode, reply.json()]).toEqual([404, { message: 'No schemas available' }]);
  });
});

describe('everything else', () => {
  it.each(['/health', '/api/meta/health'])('%s is OK', async (path) => {
    const reply = await ask(path);
    expect([reply.statusCode, reply.body]).toEqual([200, 'OK']);
  });

  it.each(['/', '/schema', '/schemas/', '/schemas/com.acme/checkout/jsonschema', '/metrics'])(
    '%s does not exist',
    async (path) => {
      const reply = await ask(path);
      expect([reply.statusCode, reply.json()]).toEqual([404, { message: 'The endpoint does not exist' }]);
    },
  );

  it('takes no writing, whatever the body is', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'] as const)
      for (const type of ['application/json', 'text/plain', 'no/such;type', '']) {
        const headers = type === '' ? {} : { 'content-type': type };
        const reply = await server.http.inject({ method, url: `/schemas/${address}`, headers, payload: '{' });
        expect([reply.statusCode, reply.headers.allow]).toEqual([405, 'GET, HEAD']);
      }
    expect((await ask('/nothing', 'POST')).statusCode).toBe(404);
  });

  it('answers 503 and is unhealthy while its store fails, and recovers', async () => {
    let fails = true;
    const store: SchemaStore = {
      find: async () => {
        if (fails) throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'the disk is gone');
        return { kind: 'missing' };
      },
      list: async () => [],
    };
    await server.http.close();
    server = serverOf(store);
    const reply = await ask(`/schemas/${address}`);
    expect([reply.statusCode, reply.json()]).toEqual([503, { message: 'The schemas cannot be read now' }]);
    expect([server.health(), await answered('failed')]).toEqual(['the disk is gone', 1]);
    fails = false;
    expect((await ask(`/schemas/${address}`)).statusCode).toBe(404);
    expect(server.health()).toBeNull();
  });
});

describe('on a socket', () => {
  const open = async (): Promise<Socket> => {
    const { port } = server.http.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  /** Everything that is answered until the server closes. */
  const send = async (target: string | Buffer, method = 'GET'): Promise<string> => {
    const socket = await open();
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined); // a refused request may be reset
    socket.write(Buffer.concat([Buffer.from(`${method} `), Buffer.from(target), Buffer.from(' HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')])); // prettier-ignore
    await once(socket, 'close');
    return Buffer.concat(chunks).toString();
  };
  beforeEach(async () => {
    write('secret', 'SECRET');
    write('secrets/checkout/jsonschema/1-0-0', '"SECRET"');
    await server.http.listen({ host: '127.0.0.1', port: 0 });
  });

  it('HEAD has the headers of GET and no body', async () => {
    const [head, body] = (await send(`/schemas/${address}`, 'HEAD')).split('\r\n\r\n');
    expect(head).toContain('HTTP/1.1 200 OK');
    expect(head).toContain(`content-length: ${Buffer.byteLength(schema)}`);
    expect(body).toBe('');
  });

  const long = 'a'.repeat(10_000);
  const hostile = [
    '/schemas/../../../../../../etc/passwd',
    '/schemas/../../secret/1-0-0',
    '/schemas/../secrets/checkout/jsonschema/1-0-0',
    '/schemas/%2e%2e/%2e%2e/%2e%2e/secret',
    '/schemas/..%2fsecrets/checkout/jsonschema/1-0-0',
    '/schemas/..%5csecrets/checkout/jsonschema/1-0-0',
    '/schemas/..\\secrets/checkout/jsonschema/1-0-0',
    '/schemas/%zz/checkout/jsonschema/1-0-0',
    '/schemas/%/checkout/jsonschema/1-0-0',
    '/schemas/com.acme%00/checkout/jsonschema/1-0-0',
    '/schemas/com.acme\0/checkout/jsonschema/1-0-0',
    '/schemas/é/checkout/jsonschema/1-0-0',
    '/schemas/../checkout/jsonschema/1-0-0',
    '/schemas/./checkout/jsonschema/1-0-0',
    `/schemas/${long}/checkout/jsonschema/1-0-0`,
    `/schemas/com.acme/checkout/jsonschema/1-0-${'9'.repeat(10_000)}`,
    `/schemas/com.acme/checkout/jsonschema/${'9'.repeat(10_000)}`,
    `/${long.repeat(3)}`,
    'file:///etc/passwd',
    'http://example.org/schemas',
    '*',
    '',
  ];
  it.each(hostile.map((target) => [target.slice(0, 60), target]))(
    '%j is refused, reads nothing outside and harms nobody',
    async (_shown, target) => {
      const reply = await send(target);
      expect(reply).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(reply).not.toMatch(/SECRET|root:/);
      expect(await send(`/schemas/${address}`)).toContain('HTTP/1.1 200 OK');
    },
  );

  it('lists nothing outside either', async () => {
    for (const path of ['/schemas/..', '/schemas/../secrets', '/schemas/../secret', '/schemas/%2e%2e'])
      expect(await send(path)).toMatch(/^HTTP\/1\.1 200 OK[^]*\r\n\r\n\[\]$/);
  });

  it('closes at once although clients keep connections open, idle or half way through a request', async () => {
    const [idle, half] = await Promise.all([open(), open()]);
    idle.write(`GET /schemas/${address} HTTP/1.1\r\nHost: x\r\n\r\n`);
    half.write('GET /schemas HTTP/1.1\r\nHos');
    await once(idle, 'data');
    const closed = Promise.all(
      [idle, half].map((socket) =>
        once(
          socket.on('error', () => undefined),
          'close',
        ),
      ),
    ); // a reset is an end too
    await server.http.close();
    await closed;
  }, 2_000);
});
