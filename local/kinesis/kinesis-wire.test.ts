import { once } from 'node:events';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { systemClock } from '../../runtime/clock';
import { createWire } from '../faults/pass-call';
import type { OnePortServer } from '../one-port-server';
import { CborTime, decodeCbor, encodeCbor } from './cbor';
import { createKinesisFront } from './kinesis-front';
import { writeShardIterator } from './shard-iterator';

const host = '127.0.0.1';
type Call = (operation: string, params: object) => Promise<Record<string, unknown>>;

describe('the wire of our Kinesis', () => {
  let front: OnePortServer;
  let port: number;
  beforeAll(async () => {
    front = createKinesisFront({ wire: createWire(systemClock), clock: systemClock });
    port = await front.listen(0, host);
  });
  afterAll(() => front.close());

  const headersOf = (operation: string, contentType: string) => ({
    'content-type': contentType,
    'x-amz-target': `Kinesis_20131202.${operation}`,
  });
  const http1 =
    (contentType: string, encode: (params: object) => Buffer, decode: (body: Buffer) => unknown): Call =>
    async (operation, params) => {
      const response = await fetch(`http://${host}:${port}`, {
        method: 'POST',
        headers: headersOf(operation, contentType),
        body: new Uint8Array(encode(params)),
      });
      const body = Buffer.from(await response.arrayBuffer());
      return { status: response.status, ...(body.length > 0 ? (decode(body) as object) : {}) };
    };
  const http2 =
    (contentType: string, encode: (params: object) => Buffer, decode: (body: Buffer) => unknown): Call =>
    async (operation, params) => {
      const session = connect(`http://${host}:${port}`);
      const stream = session.request({ ':method': 'POST', ':path': '/', ...headersOf(operation, contentType) });
      stream.end(encode(params));
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      const chunks: Buffer[] = [];
      for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
      await new Promise<void>((resolve, reject) => session.ping((error) => (error ? reject(error) : resolve())));
      session.close();
      const body = Buffer.concat(chunks);
      return { status: headers[':status'], ...(body.length > 0 ? (decode(body) as object) : {}) };
    };
  const json = [
    'application/x-amz-json-1.1',
    (params: object) => Buffer.from(JSON.stringify(params)),
    (body: Buffer) => JSON.parse(body.toString()) as unknown,
  ] as const;
  const cbor = ['application/x-amz-cbor-1.1', (params: object) => encodeCbor(params as never), decodeCbor] as const;

  it.each([
    ['HTTP/1.1 and JSON', http1(...json), (text: string) => Buffer.from(text).toString('base64')],
    ['HTTP/1.1 and CBOR', http1(...cbor), (text: string) => Buffer.from(text)],
    ['HTTP/2 and JSON', http2(...json), (text: string) => Buffer.from(text).toString('base64')],
    ['HTTP/2 and CBOR', http2(...cbor), (text: string) => Buffer.from(text)],
  ])('speaks %s', async (name, call, blob) => {
    const StreamName = name.replaceAll(/[^\w]/g, '-');
    expect(await call('CreateStream', { StreamName, ShardCount: 1 })).toEqual({ status: 200 });
    let stream: { StreamStatus: string; StreamCreationTimestamp: unknown };
    do stream = (await call('DescribeStreamSummary', { StreamName })).StreamDescriptionSummary as typeof stream;
    while (stream.StreamStatus !== 'ACTIVE');
    const Records = Array.from({ length: 300 }, (_, i) => ({ PartitionKey: `k${i}`, Data: blob(`data ${i}`) }));
    const put = await call('PutRecords', { StreamName, Records });
    expect([put.status, put.FailedRecordCount, (put.Records as []).length]).toEqual([200, 0, 300]);

    const iteratorOf = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' };
    const { ShardIterator } = await call('GetShardIterator', iteratorOf);
    const { Records: got, MillisBehindLatest } = (await call('GetRecords', { ShardIterator })) as {
      Records: { Data: unknown; ApproximateArrivalTimestamp: unknown }[];
      MillisBehindLatest: number;
    };
    expect(got.map((record) => record.Data)).toEqual(Records.map((record) => record.Data));
    expect(MillisBehindLatest).toBe(0);
    const arrived = got[0]!.ApproximateArrivalTimestamp;
    const arrivedMs = arrived instanceof CborTime ? arrived.ms : (arrived as number) * 1000;
    expect(arrived instanceof CborTime).toBe(name.endsWith('CBOR'));
    expect(Math.abs(arrivedMs - systemClock.wallMs())).toBeLessThan(60_000);

    expect(await call('ListShards', { StreamName: 'none' })).toEqual({
      status: 400,
      __type: 'ResourceNotFoundException',
      message: 'Stream none under account 000000000000 not found.',
    });
  });

  it('takes times in CBOR as integer ms', async () => {
    const call = http1(...cbor);
    const future = new CborTime(systemClock.wallMs() + 3_600_000);
    const StreamName = 'HTTP-1-1-and-CBOR';
    const at = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'AT_TIMESTAMP', Timestamp: future };
    expect(await call('GetShardIterator', at)).toMatchObject({ status: 400, __type: 'InvalidArgumentException' });
  });

  it('knows HTTP/2 though its first bytes come one by one', async () => {
    const socket = createConnection(port, host);
    for (const byte of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') {
      socket.write(byte);
      await systemClock.sleep(0);
    }
    socket.write(Buffer.from('000000040000000000', 'hex')); // an empty SETTINGS frame
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer[3]).toBe(4); // SETTINGS
    socket.destroy();
  });

  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  it.each<[string, string, string, Buffer | string, number]>([
    ['no JSON', 'PutRecord', 'application/x-amz-json-1.1', '{"StreamName"', 400],
    ['a list', 'PutRecord', 'application/x-amz-json-1.1', '[]', 400],
    ['nothing', 'PutRecord', 'application/x-amz-json-1.1', '', 400],
    ['deep JSON', 'PutRecord', 'application/x-amz-json-1.1', deep, 400],
    ['no CBOR', 'PutRecord', 'application/x-amz-cbor-1.1', Buffer.from([0xff, 0x00]), 400],
    [
      'CBOR that claims more than it is',
      'PutRecord',
      'application/x-amz-cbor-1.1',
      Buffer.from('bb00ffffffffffffff', 'hex'),
      400,
    ],
    ['no such operation', 'toString', 'application/x-amz-json-1.1', '{}', 400],
    ['another service', '../../GetItem', 'application/x-amz-json-1.0', '{}', 404],
    [
      'a stream called constructor',
      'CreateStream',
      'application/x-amz-json-1.1',
      '{"StreamName":"constructor","ShardCount":1}',
      400,
    ],
    [
      'a stream called __proto__',
      'PutRecord',
      'application/x-amz-json-1.1',
      '{"StreamName":"__proto__","PartitionKey":"k","Data":""}',
      400,
    ],
    ['types that are wrong', 'PutRecords', 'application/x-amz-json-1.1', '{"StreamName":"x","Records":[null, 7]}', 400],
    [
      'a hash key out of range',
      'PutRecord',
      'application/x-amz-json-1.1',
      '{"StreamName":"HTTP-2-and-CBOR","PartitionKey":"k","Data":"","ExplicitHashKey":"999999999999999999999999999999999999999"}',
      400,
    ],
    [
      'a forged iterator',
      'GetRecords',
      'application/x-amz-json-1.1',
      JSON.stringify({
        ShardIterator: writeShardIterator(
          { streamName: 'constructor', shardId: 'shardId-000000000000', sequenceNumber: '9'.repeat(60) },
          systemClock.wallMs(),
        ),
      }),
      400,
    ],
    [
      'a token of a prototype',
      'ListShards',
      'application/x-amz-json-1.1',
      JSON.stringify({
        NextToken: Buffer.from('{"streamName":"__proto__","after":"","nowMs":9e15}').toString('base64'),
      }),
      400,
    ],
    ['more than 14 MiB', 'PutRecord', 'application/x-amz-json-1.1', 'x'.repeat(14 * 1024 * 1024 + 1), 413],
  ])('survives %s', async (_what, operation, contentType, body, status) => {
    const headers = headersOf(operation, contentType);
    const response = await fetch(`http://${host}:${port}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(Buffer.from(body)),
    });
    await response.arrayBuffer();
    expect(response.status).toBe(status);
    expect((await http1(...json)('ListStreams', {})).status).toBe(200);
  });

  it.each([
    ['bytes of no protocol', Buffer.from([0, 1, 2, 3, 255])],
    [
      'an HTTP/2 preface and garbage',
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(64, 0xee)]),
    ],
    ['a body that never ends', Buffer.from('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc')],
  ])('survives %s', async (_what, bytes) => {
    const socket = createConnection(port, host);
    socket.on('error', () => socket.destroy());
    socket.write(bytes);
    await systemClock.sleep(20);
    socket.destroy();
    expect((await http1(...json)('ListStreams', {})).status).toBe(200);
  });

  it('refuses a PutRecords of more than 5 MiB', async () => {
    const Data = Buffer.alloc(1024 * 1024 - 1).toString('base64');
    const Records = Array.from({ length: 6 }, () => ({ PartitionKey: 'k', Data }));
    expect(await http1(...json)('PutRecords', { StreamName: 'x', Records })).toMatchObject({
      status: 400,
      __type: 'InvalidArgumentException',
    });
  });
});
