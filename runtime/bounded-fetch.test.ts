import { once } from 'node:events';
import { createServer, type Server, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { boundedFetch } from './bounded-fetch';
import { systemClock } from './clock';

let server: Server;
const serve = async (listener: RequestListener): Promise<string> => {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const request = { headers: { apikey: 'k' }, timeoutMs: 5_000, bytesMax: 100, clock: systemClock };

test('gives status, headers and body, and sends the headers', async () => {
  const address = await serve(({ headers }, response) =>
    response.writeHead(418, { 'x-kind': 'teapot' }).end(String(headers.apikey)),
  );
  const answer = await boundedFetch(address, request);
  expect(answer).toMatchObject({ status: 418, body: Buffer.from('k') });
  expect(answer.headers.get('x-kind')).toBe('teapot');
});

test('follows no redirect', async () => {
  const asked: unknown[] = [];
  const address = await serve(({ url }, response) => {
    asked.push(url);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect(await boundedFetch(address, request)).toMatchObject({ status: 302 });
  expect(asked).toEqual(['/']);
});

test('gives no body that is larger than the bound, packed or not, endless or not', async () => {
  const packed = gzipSync('x'.repeat(101));
  const address = await serve(({ url }, response) => {
    if (url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    else if (url === '/just') response.end('x'.repeat(100));
    else response.write('x'.repeat(101)); // and it never ends
  });
  expect(packed.length).toBeLessThan(100);
  for (const path of ['/packed', '/endless'])
    expect(await boundedFetch(address + path, request)).toMatchObject({ status: 200, body: null });
  expect((await boundedFetch(`${address}/just`, request)).body).toHaveLength(100);
});

test.each([
  ['before the headers', ''],
  ['in the body', 'x'],
])('an answer that stops %s is none, and retryable', async (_when, text) => {
  const address = await serve((_request, response) => void (text === '' ? undefined : response.write(text)));
  await expect(boundedFetch(address, { ...request, timeoutMs: 50 })).rejects.toMatchObject({
    kind: 'retryable',
    message: 'no answer within 50 ms',
  });
});

test('a connection that is refused says so', async () => {
  const address = await serve(() => undefined);
  server.closeAllConnections();
  server.close();
  await expect(boundedFetch(address, request)).rejects.toMatchObject({
    kind: 'retryable',
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
});

test('is broken off by its signal', async () => {
  const address = await serve(() => stop.abort());
  const stop = new AbortController();
  await expect(boundedFetch(address, { ...request, signal: stop.signal })).rejects.toMatchObject({
    message: 'broken off',
  });
});
