/** The collector's server over real sockets: what reaches it is answered, whatever it is, and stored only when it says so. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { FlotillaError } from '../runtime/errors';
import { systemClock } from '../runtime/clock';
import { exchange, RawConnection } from '../test/raw-http';
import { startCollector, type StartedCollector } from '../test/started-collector';

let collector: StartedCollector;
const start = async (settings: Parameters<typeof startCollector>[0] = {}): Promise<void> => {
  collector = await startCollector(settings);
};
afterEach(() => collector.stop(0));

const TP2 = '/com.snowplowanalytics.snowplow/tp2';
const get = (target: string, ...lines: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: c.example', ...lines, '', ''].join('\r\n');
const postHead = (...lines: string[]): string =>
  [`POST ${TP2} HTTP/1.1`, 'Host: c.example', ...lines, '', ''].join('\r\n');
function post(body: string | Buffer, ...lines: string[]): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(postHead(`Content-Length: ${bytes.length}`, ...lines), 'latin1'), bytes]);
}
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await systemClock.sleep(2);
};

describe('an event', () => {
  it('is stored before it is answered', async () => {
    await start();
    collector.raw.hold();
    const connection = await RawConnection.open(collector.port);
    connection.send(post('{"a":1}', 'Content-Type: application/json', 'Origin: https://shop.example'));
    await until(() => collector.raw.waiting === 1);
    let isAnswered = false;
    const answer = connection.answer().finally(() => (isAnswered = true));
    await systemClock.sleep(20);
    expect(isAnswered).toBe(false);
    collector.raw.release();
    expect(await answer).toMatchObject({
      status: 200,
      body: 'ok',
      headers: { 'content-type': 'text/plain; charset=UTF-8', 'access-control-allow-origin': 'https://shop.example' },
    });
    expect(collector.payloads()).toMatchObject([
      { path: TP2, body: '{"a":1}', contentType: 'application/json', hostname: 'c.example', ipAddress: '127.0.0.1' },
    ]);
    connection.close();
  });

  it.each([
    ['HEAD', { isHead: true }, 'image/gif', '43'],
    ['GET', {}, 'image/gif', '43'],
  ])('by %s is answered with the pixel', async (method, options, type, length) => {
    await start();
    const connection = await RawConnection.open(collector.port);
    connection.send(`${method} /i?e=pv HTTP/1.1\r\nHost: c.example\r\n\r\n`);
    const answer = await connection.answer(options);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': type, 'content-length': length } });
    expect(collector.raw.stored).toHaveLength(1);
    connection.close();
  });

  it.each([
    'application/json', 'application/json; charset=utf-8', 'text/plain', 'text/plain;charset=utf-16', 'nonsense', '///', ';;;=',
    'application/x-www-form-urlencoded', 'multipart/form-data', 'a/b; c="d', 'é', '',
  ])('is stored whatever its Content-Type is: %p', async (type) => {
    await start();
    expect(await exchange(collector.port, post('{"é":1}', `Content-Type: ${type}`))).toMatchObject({ status: 200 });
    expect(collector.payloads()).toMatchObject([{ body: '{"é":1}' }]);
  }); // prettier-ignore

  it('is stored without a Content-Type, and with an empty body', async () => {
    await start();
    expect(await exchange(collector.port, post('text'))).toMatchObject({ status: 200 });
    expect(await exchange(collector.port, post(''))).toMatchObject({ status: 200 });
    expect(await exchange(collector.port, postHead())).toMatchObject({ status: 200 });
    expect(collector.payloads().map(({ body, contentType }) => [body, contentType])).toEqual([
      ['text', undefined],
      ['', undefined],
      ['', undefined],
    ]);
  });

  it('is stored from chunks', async () => {
    await start();
    const head = postHead('Transfer-Encoding: chunked', 'Content-Type: application/json');
    const body = '3\r\n{"a\r\n4;x=y\r\n":1}\r\n0\r\nTrailer: x\r\n\r\n';
    expect(await exchange(collector.port, head + body)).toMatchObject({ status: 200 });
    expect(collector.payloads()).toMatchObject([{ body: '{"a":1}' }]);
  });

  it.each([
    ['bad escapes', '/i?e=pv&page=%zz&x=100%', 'e=pv&page=%zz&x=100%'],
    ['what ought to be escaped', '/i?a="<>|{}^`\'', 'a="<>|{}^`\''],
  ])('with %s in its query is stored as it came', async (_, target, querystring) => {
    await start();
    expect(await exchange(collector.port, get(target))).toMatchObject({ status: 200 });
    expect(collector.payloads()).toMatchObject([{ querystring }]);
  });

  it('keeps its headers as they came, in their order, repeated ones too', async () => {
    await start();
    await exchange(collector.port, get('/i', 'X-b: 1', 'x-A:2 ', 'X-b: 3', 'User-Agent: a\xe9'));
    expect(collector.payloads()[0]?.headers).toEqual([
      'Host: c.example',
      'X-b: 1',
      'x-A: 2',
      'X-b: 3',
      'User-Agent: aé',
    ]);
  });

  it('has all its headers stored, also more than Node counts by default', async () => {
    await start();
    await exchange(collector.port, get('/i', ...Array.from({ length: 2_500 }, (_, i) => `x${i}: 1`)));
    expect(collector.payloads()[0]?.headers).toHaveLength(2_501);
  });
});

describe('a compressed body', () => {
  const text = '{"a":"éééé"}';
  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
  ])('is opened: %s', async (encoding, bytes) => {
    await start();
    expect(await exchange(collector.port, post(bytes, `Content-Encoding: ${encoding}`))).toMatchObject({ status: 200 });
    expect(collector.payloads()).toMatchObject([{ body: text }]);
  });

  it.each(['gzip', 'deflate', 'br', 'zstd', 'identity', 'gzip, gzip', 'x'])(
    'that is none is stored as it came, never an error: %s',
    async (encoding) => {
      await start();
      expect(await exchange(collector.port, post(text, `Content-Encoding: ${encoding}`))).toMatchObject({
        status: 200,
      });
      expect(collector.payloads()).toMatchObject([{ body: text }]);
    },
  );

  it('that opens to more than the limit is one bad row', async () => {
    await start({ bodyBytesMax: 100_000 });
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await exchange(collector.port, post(bomb, 'Content-Encoding: gzip'))).toMatchObject({ status: 200 });
    expect(collector.raw.stored).toEqual([]);
    expect(collector.badRows()[0]?.data.failure.expectation).toContain('Payload exceeds max size of 100000.');
    expect(await collector.metric('flotilla_collector_bodies_bytes')).toBe(0);
  });
});

describe('a large body', () => {
  it('over the limit is read to its end and becomes one bad row', async () => {
    await start({ bodyBytesMax: 10_000 });
    const connection = await RawConnection.open(collector.port);
    connection.send(post('x'.repeat(300_000)));
    expect(await connection.answer()).toMatchObject({ status: 200, body: 'ok' });
    expect(collector.badRows().map(({ data }) => data.failure.expectation)).toEqual([
      'oversized collector payload: Payload exceeds max size of 10000. Actual length: 300000',
    ]);
    connection.send(get('/health')); // the connection goes on
    expect(await connection.answer()).toMatchObject({ status: 200 });
    connection.close();
  });

  it('over the second limit is answered 413 before it is read, the connection closes, nothing is stored', async () => {
    await start({ bodyBytesMax: 10_000, bodyBytesDrop: 20_000 });
    const connection = await RawConnection.open(collector.port);
    connection.send(postHead('Content-Length: 20001', 'Origin: https://shop.example'));
    expect(await connection.answer()).toMatchObject({
      status: 413,
      headers: { connection: 'close', 'access-control-allow-origin': 'https://shop.example' },
    });
    await connection.closed();
    expect([...collector.raw.stored, ...collector.bad.stored]).toEqual([]);
  });

  it('is answered 413 when its length shows only while it comes', async () => {
    await start({ bodyBytesMax: 10_000, bodyBytesDrop: 20_000 });
    const connection = await RawConnection.open(collector.port);
    connection.send(postHead('Transfer-Encoding: chunked'));
    connection.send(`4000\r\n${'x'.repeat(0x4000)}\r\n`);
    await until(async () => (await collector.metric('flotilla_collector_bodies_bytes')) === 10_000);
    connection.send(`1000\r\n${'x'.repeat(0x1000)}\r\n`);
    expect(await connection.answer()).toMatchObject({ status: 413 });
    await connection.closed();
    expect(await collector.metric('flotilla_collector_bodies_bytes')).toBe(0);
  });

  it('is answered 503 when all bodies together need too much memory', async () => {
    await start({ bodiesBytesMax: 1_000_000, bodyBytesMax: 900_000 });
    const slow = await RawConnection.open(collector.port);
    slow.send(postHead('Content-Length: 900000'));
    slow.send('x'.repeat(800_000));
    await until(async () => (await collector.metric('flotilla_collector_bodies_bytes')) === 800_000);
    const second = await RawConnection.open(collector.port);
    second.send(post('x'.repeat(400_000)));
    expect(await second.answer()).toMatchObject({ status: 503 });
    slow.send('x'.repeat(100_000));
    expect(await slow.answer()).toMatchObject({ status: 200 });
    slow.close();
    second.close();
  });
});

describe('a client', () => {
  it('that goes away in the middle of a body leaves nothing', async () => {
    await start();
    const connection = await RawConnection.open(collector.port);
    connection.send(postHead('Content-Length: 1000'));
    connection.send('x'.repeat(500));
    await until(async () => (await collector.metric('flotilla_collector_bodies_bytes')) === 500);
    connection.close();
    await until(async () => (await collector.metric('flotilla_collector_aborted_total')) === 1);
    expect(await collector.metric('flotilla_collector_bodies_bytes')).toBe(0);
    expect(await collector.metric('flotilla_collector_failures_total')).toBe(0);
    expect([...collector.raw.stored, ...collector.bad.stored]).toEqual([]);
  });

  it('keeps its connection for many requests', async () => {
    await start();
    const connection = await RawConnection.open(collector.port);
    for (let i = 0; i < 5; i++) {
      connection.send(post(`{"i":${i}}`));
      expect(await connection.answer()).toMatchObject({ status: 200 });
      connection.send(get(`/i?i=${i}`));
      expect(await connection.answer()).toMatchObject({ status: 200 });
    }
    expect(collector.raw.stored).toHaveLength(10);
    connection.close();
  });

  it('that sends ahead gets its answers in order', async () => {
    await start();
    const connection = await RawConnection.open(collector.port);
    connection.send(
      Buffer.concat([post('{"i":1}'), Buffer.from(get('/health')), post('{"i":2}'), Buffer.from(get('/x'))]),
    );
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await connection.answer());
    expect(answers.map((answer) => [answer?.status, answer?.body])).toEqual([
      [200, 'ok'],
      [200, 'ok'],
      [200, 'ok'],
      [404, '404 not found'],
    ]);
    expect(collector.payloads().map(({ body }) => body)).toEqual(['{"i":1}', '{"i":2}']);
    connection.close();
  });

  it.each([
    ['headers', 'GET /i HTTP/1.1\r\nHost: c.example\r\nX-Slow: '],
    ['a body', postHead('Content-Length: 100')],
  ])('that goes away in the middle of %s harms nobody else', async (_, bytes) => {
    await start();
    const connection = await RawConnection.open(collector.port);
    connection.send(bytes);
    const other = await exchange(collector.port, get('/health'));
    connection.close();
    expect(other).toMatchObject({ status: 200 });
    expect(await exchange(collector.port, get('/health'))).toMatchObject({ status: 200 });
  });
});

describe('when Kinesis does not take the records', () => {
  it.each([
    ['the world may recover', new FlotillaError('FLOTILLA_UNAVAILABLE', 'secret words')],
    ['it is for good', new FlotillaError('FLOTILLA_AWS_REFUSED', 'secret words')],
    ['nobody knows why', new RangeError('secret words')],
  ])('the answer is 503 with CORS headers, as trackers need it to try again: %s', async (_, error) => {
    await start();
    collector.raw.failWith(error);
    const answer = await exchange(collector.port, post('{}', 'Origin: https://shop.example'));
    expect(answer).toMatchObject({
      status: 503,
      body: 'Service Unavailable',
      headers: { 'access-control-allow-origin': 'https://shop.example', 'access-control-allow-credentials': 'true' },
    });
    expect(answer?.headers['set-cookie']).toBeUndefined();
    expect(await exchange(collector.port, get('/health'))).toMatchObject({ status: 200 });
    expect(await exchange(collector.port, get('/sink-health'))).toMatchObject({ status: 503 });
    collector.raw.failWith(null);
    expect(await exchange(collector.port, post('{}'))).toMatchObject({ status: 200 });
    expect(await exchange(collector.port, get('/sink-health'))).toMatchObject({ status: 200 });
  });

  it('a request is 503 when only its bad rows could not be stored', async () => {
    await start({ bodyBytesMax: 1_000 });
    collector.bad.failWith(new FlotillaError('FLOTILLA_THROTTLED', 'slow down'));
    expect(await exchange(collector.port, post('x'.repeat(2_000)))).toMatchObject({ status: 503 });
  });
});

describe('what is no request', () => {
  const long = 'x'.repeat(70_000);
  it.each([
    ['a method that is none', 'FOO /i HTTP/1.1\r\nHost: c.example\r\n\r\n', 501],
    ['a version of the future', 'GET /i HTTP/4.7\r\nHost: c.example\r\n\r\n', 505],
    ['a blank in the target', get('/i?a=b c'), 400],
    ['a control byte in the target', get('/i?a=\x01'), 400],
    ['a byte of the target that is not ASCII', get('/i?a=\xe9'), 400],
    ['no Host', 'GET /i HTTP/1.1\r\n\r\n', 400],
    ['no Host in HTTP/1.0', 'GET /i HTTP/1.0\r\n\r\n', 400],
    ['an empty Host', 'GET /i HTTP/1.1\r\nHost:\r\n\r\n', 400],
    ['two Hosts', get('/i', 'Host: other.example'), 400],
    ['a Host with a user', 'GET /i HTTP/1.1\r\nHost: u@c.example\r\n\r\n', 400],
    ['a Host with a path', 'GET /i HTTP/1.1\r\nHost: c.example/x\r\n\r\n', 400],
    ['a header name with a blank', get('/i', 'X A: 1'), 400],
    ['a folded line', get('/i', 'X-A: 1', ' 2', 'X-B 3'), 400],
    ['two ways to say a length', `${postHead('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`, 400],
    ['two lengths', `${postHead('Content-Length: 3', 'Content-Length: 5')}abcde`, 400],
    ['a length below zero', postHead('Content-Length: -5'), 400],
    ['a chunk that is none', `${postHead('Transfer-Encoding: chunked')}zz\r\n`, 400],
    ['too many headers', get('/i', `X-Long: ${long}`), 431],
    ['too long a target', get(`/i?${long}`), 431],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 501],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['nothing but line ends', '\r\n\r\n\r\n\r\nx\r\n\r\n', 501],
  ])('is refused, stored nowhere, and told nothing of us: %s', async (_, bytes, status) => {
    await start();
    const answer = await exchange(collector.port, bytes);
    // A broken chunk ends the connection: its request waits for an answer, which a refusal must not be taken for.
    if (answer !== null) expect({ status: answer.status }).toEqual({ status });
    else expect(bytes).toContain('chunked');
    expect(['', 'Bad Request']).toContain(answer?.body ?? '');
    expect([...collector.raw.stored, ...collector.bad.stored]).toEqual([]);
    expect(await exchange(collector.port, get('/health'))).toMatchObject({ status: 200, body: 'ok' });
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'SEARCH', 'M-SEARCH', 'LINK'])(
    '%s is answered 404 and stored nowhere',
    async (method) => {
      await start();
      expect(await exchange(collector.port, `${method} /i HTTP/1.1\r\nHost: c.example\r\n\r\n`)).toMatchObject({
        status: 404,
      });
      expect(collector.raw.stored).toEqual([]);
    },
  );

  it('CONNECT closes the connection, and an upgrade is no more than a request', async () => {
    await start();
    expect(
      await exchange(collector.port, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n'),
    ).toBeNull();
    const upgrade = get('/i', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13');
    expect(await exchange(collector.port, upgrade)).toMatchObject({ status: 200 });
    expect(collector.raw.stored).toHaveLength(1);
  });

  it('OPTIONS is a preflight on any path', async () => {
    await start();
    const bytes = `OPTIONS /a/b/c HTTP/1.1\r\nHost: c.example\r\nOrigin: https://shop.example\r\n\r\n`;
    const answer = await exchange(collector.port, bytes);
    expect(answer).toMatchObject({
      status: 200,
      body: '',
      headers: { 'access-control-allow-headers': 'Content-Type, SP-Anonymous', 'content-length': '0' },
    });
    expect(answer?.headers['content-type']).toBeUndefined();
  });
});

it('answers 500 without words of its own when something inside fails, once', async () => {
  await start();
  collector.raw.health = () => {
    throw new Error('secret words');
  };
  const answer = await exchange(collector.port, post('{}'));
  expect(answer).toMatchObject({ status: 500, body: 'Internal Server Error' });
  expect(await collector.metric('flotilla_collector_failures_total')).toBe(1);
});

describe('a stop', () => {
  it('refuses new connections and lets requests in flight be answered, on a connection that then closes', async () => {
    await start();
    collector.raw.hold();
    const idle = await RawConnection.open(collector.port);
    idle.send(get('/health'));
    await idle.answer();
    const busy = await RawConnection.open(collector.port);
    busy.send(post('{"a":1}'));
    await until(() => collector.raw.waiting === 1);
    const stopped = collector.stop(5_000);
    await idle.closed();
    await expect(RawConnection.open(collector.port)).rejects.toThrow();
    collector.raw.release();
    expect(await busy.answer()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await busy.closed();
    await stopped;
    expect(collector.raw.stored).toHaveLength(1);
  });

  it('does not wait for a client that never ends its request', async () => {
    await start();
    const slow = await RawConnection.open(collector.port);
    slow.send(postHead('Content-Length: 1000'));
    slow.send('x');
    await until(async () => (await collector.metric('flotilla_collector_bodies_bytes')) === 1);
    await collector.stop(20);
    await slow.closed();
    await until(async () => (await collector.metric('flotilla_collector_bodies_bytes')) === 0);
    expect(collector.raw.stored).toEqual([]);
  });
});
