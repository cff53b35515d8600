import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { systemClock } from '../../runtime/clock';
import { systemRandom } from '../../runtime/random';
import { faultRuleSchema } from '../faults/fault-rule';
import { closeWire, createWire, type Wire } from '../faults/pass-call';
import { bytesOf, mebibyte, refusal, s3ClientOf, uploadParts } from '../../test/aws/s3-place';
import { describeS3Behaviour } from '../../test/aws/s3-behaviour';
import { skipped } from '../../test/shared-data';
import { until } from '../../test/started-stack';
import { createS3Server, type S3Server } from './s3-server';

interface Running {
  folder: string;
  wire: Wire;
  server: S3Server;
  port: number;
  client: S3Client;
}

const started: Running[] = [];

async function start(options: { folder?: string } = {}): Promise<Running> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'flotilla-s3-')));
  const wire = createWire(systemClock);
  const server = createS3Server({ folder, wire, clock: systemClock, random: systemRandom });
  const port = await server.listen(0);
  const running = { folder, wire, server, port, client: s3ClientOf(`http://127.0.0.1:${port}`) };
  started.push(running);
  return running;
}

async function stopAll(): Promise<void> {
  for (const { client, wire, server, folder } of started.splice(0)) {
    client.destroy();
    closeWire(wire);
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the SDK would never send. */
function raw(
  port: number,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers: options.headers, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => (text += piece));
        answer.on('end', () => resolve(`${answer.statusCode} ${/<Code>(.*)<\/Code>/.exec(text)?.[1] ?? text}`.trim()));
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

describe('the local S3', () => {
  let shared: Running;
  beforeAll(async () => void (shared = await start()));
  afterAll(stopAll);
  describeS3Behaviour(() => `http://127.0.0.1:${shared.port}`);
});

describe('the folder', () => {
  afterEach(stopAll);
  const Bucket = 'data';
  const Key = 'enriched/date=2026-11-01/hour=05/part.jsonl.gz';

  async function withBucket(): Promise<Running> {
    const running = await start();
    await running.client.send(new CreateBucketCommand({ Bucket }));
    return running;
  }

  test('holds an object as a file under its key', async () => {
    const { folder, client } = await withBucket();
    await client.send(new PutObjectCommand({ Bucket, Key, Body: gzipSync('{"a":1}\n') }));
    expect(gunzipSync(await readFile(join(folder, Bucket, Key))).toString()).toBe('{"a":1}\n');
    expect(await readdir(join(folder, Bucket))).toEqual(['enriched']);
  });

  test('shows a file that another program laid there', async () => {
    const { folder, client } = await withBucket();
    await mkdir(join(folder, Bucket, 'by'));
    await writeFile(join(folder, Bucket, 'by', 'hand'), 'laid');
    const listed = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(listed.Contents).toEqual([expect.objectContaining({ Key: 'by/hand', Size: 4 })]);
    expect((await bytesOf(client, { Bucket, Key: 'by/hand' })).toString()).toBe('laid');
  });

  test('opened again without a close, as after a kill, has objects, open uploads and their parts', async () => {
    const before = await withBucket();
    const parts = [Buffer.alloc(5 * mebibyte, 'a'), Buffer.from('end')];
    const { UploadId, Parts } = await uploadParts(before.client, { Bucket, Key, Metadata: { batch: 'b1' } }, parts);
    await before.client.send(
      new PutObjectCommand({ Bucket, Key: '../up', Body: 'odd', Metadata: { m: '1' }, ContentType: 'text/odd' }),
    );
    const { client } = await start({ folder: before.folder });
    const odd = await client.send(new GetObjectCommand({ Bucket, Key: '../up' }));
    expect(odd).toMatchObject({ Metadata: { m: '1' }, ContentType: 'text/odd' });
    expect(await odd.Body?.transformToString()).toBe('odd');
    const open = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(open.Uploads).toEqual([expect.objectContaining({ Key, UploadId })]);
    expect((await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))).Parts).toHaveLength(2);
    await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    expect((await bytesOf(client, { Bucket, Key })).equals(Buffer.concat(parts))).toBe(true);
    expect(await client.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ Metadata: { batch: 'b1' } });
  });

  test('never shows half a file to a lister or a reader while uploads are completed and replaced', async () => {
    const { client } = await withBucket();
    const bodies = [Buffer.alloc(5 * mebibyte + 10, 'a'), Buffer.alloc(5 * mebibyte + 2000, 'b')];
    const uploads: Awaited<ReturnType<typeof uploadParts>>[] = [];
    for (const body of [...bodies, ...bodies]) {
      uploads.push(
        await uploadParts(client, { Bucket, Key }, [body.subarray(0, 5 * mebibyte), body.subarray(5 * mebibyte)]),
      );
    }
    let isDone = false;
    const completing = (async () => {
      for (const { UploadId, Parts } of uploads) {
        await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
      }
      isDone = true;
    })();
    const whole = new Set(bodies.map((body) => body.length));
    let seen = 0;
    while (!isDone) {
      const listed = (await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? [];
      expect(listed.length).toBeGreaterThanOrEqual(Math.min(seen, 1)); // once there, always there
      for (const object of listed) {
        expect(whole).toContain(object.Size);
        const read = await bytesOf(client, { Bucket, Key, ChecksumMode: 'ENABLED' });
        expect(bodies.some((body) => body.equals(read))).toBe(true);
        seen++;
      }
    }
    await completing;
    expect(seen).toBeGreaterThan(0);
  });

  test('a second Complete is NoSuchUpload, or under a fault the first answer', async () => {
    const { client, wire } = await withBucket();
    const { UploadId, Parts } = await uploadParts(client, { Bucket, Key }, [Buffer.from('x')]);
    const complete = () =>
      client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    const first = await complete();
    expect(await refusal(complete())).toBe('NoSuchUpload 404');
    wire.faults.add(faultRuleSchema.parse({ kind: 'complete-again', service: 's3' }));
    expect((await complete()).ETag).toBe(first.ETag);
    expect(wire.faults.all()).toMatchObject([{ struck: 1 }]);
  });
});

describe('the gate before the local S3', () => {
  const onLinux = existsSync('/proc/self/fd');
  if (!onLinux) skipped('open files of the local S3', 'no /proc to see them in');

  (onLinux ? it : it.skip)('leaves no file open when its client has gone before the answer', async () => {
    const { wire, client, port, folder } = await start();
    await client.send(new CreateBucketCommand({ Bucket: 'data' }));
    await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'a', Body: 'bytes' }));
    const id = wire.gate.hold({ service: 's3', operation: 'GetObject', when: 'after' }) ?? '';
    const sent = request({ host: '127.0.0.1', port, path: '/data/a', agent: false });
    sent.on('error', () => undefined);
    sent.end();
    expect(await wire.gate.held(id, 5_000)).toBe(1);
    const files = (): string[] =>
      readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/self/fd/${fd}`)];
        } catch {
          return []; // that of the listing itself
        }
      });
    const opened = (): string[] => files().filter((file) => file.startsWith(folder));
    expect(opened()).toHaveLength(1);
    const gone = new Promise((closed) => sent.once('close', closed));
    sent.destroy();
    await gone;
    await systemClock.sleep(50); // the server hears of it
    wire.gate.release(id, 'apply');
    await until(
      () => opened().length === 0,
      5_000,
      () => `still open: ${opened().join(', ')}`,
    );
  });

  afterEach(stopAll);
  const Bucket = 'data';

  test('a put whose client has gone is applied late, or never', async () => {
    const { wire, client } = await start();
    await client.send(new CreateBucketCommand({ Bucket }));
    for (const then of ['apply', 'drop'] as const) {
      const id =
        wire.gate.hold({ service: 's3', operation: 'PutObject', resource: `data/${then}`, when: 'before' }) ?? '';
      const left = new AbortController();
      const put = client.send(new PutObjectCommand({ Bucket, Key: then, Body: 'late' }), { abortSignal: left.signal });
      expect(await wire.gate.held(id, 5_000)).toBe(1);
      left.abort();
      await expect(put).rejects.toThrow();
      expect(await refusal(client.send(new HeadObjectCommand({ Bucket, Key: then })))).toBe('NotFound 404');
      wire.gate.release(id, then);
    }
    while ((await refusal(client.send(new HeadObjectCommand({ Bucket, Key: 'apply' })))) !== 'none');
    expect(await refusal(client.send(new HeadObjectCommand({ Bucket, Key: 'drop' })))).toBe('NotFound 404');
  });

  test('a Complete whose answer is lost has made the object', async () => {
    const { wire, client } = await start();
    await client.send(new CreateBucketCommand({ Bucket }));
    const { UploadId, Parts } = await uploadParts(client, { Bucket, Key: 'key' }, [Buffer.from('x')]);
    const id =
      wire.gate.hold({ service: 's3', operation: 'CompleteMultipartUpload', detail: UploadId, when: 'after' }) ?? '';
    const complete = new CompleteMultipartUploadCommand({ Bucket, Key: 'key', UploadId, MultipartUpload: { Parts } });
    const answer = client.send(complete).then(
      () => 'answered',
      () => 'lost',
    );
    expect(await wire.gate.held(id, 5_000)).toBe(1);
    wire.gate.release(id, 'drop');
    expect(await answer).toBe('lost');
    expect(await refusal(client.send(complete))).toBe('NoSuchUpload 404');
    expect((await bytesOf(client, { Bucket, Key: 'key' })).toString()).toBe('x');
  });
});

describe('hostile requests', () => {
  afterAll(stopAll);
  let running: Running;
  beforeAll(async () => {
    running = await start();
    await running.client.send(new CreateBucketCommand({ Bucket: 'data' }));
  });
  const sha = 'a'.repeat(64);
  const chunked = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-decoded-content-length': '3' };

  test.each<[string, string, string, Parameters<typeof raw>[3]]>([
    ['400 InvalidURI', 'GET', '/data/%ff', {}],
    ['400 InvalidURI', 'GET', '/data/%zz', {}],
    ['400 InvalidURI', 'GET', 'http://elsewhere/data/x', {}],
    ['400 InvalidBucketName', 'PUT', '/..', {}],
    ['400 InvalidBucketName', 'PUT', '/.s3', {}],
    ['400 InvalidBucketName', 'GET', '/..%2f..%2fetc/passwd', {}],
    ['400 InvalidBucketName', 'GET', '//etc/passwd', {}],
    ['404 NoSuchKey', 'GET', '/data/../../../../etc/passwd', {}],
    ['404 NoSuchKey', 'GET', '/data/%2e%2e%2f%2e%2e%2f.s3%2fbuckets%2fdata%2fbucket.json', {}],
    ['404 NoSuchKey', 'GET', '/data/a%00b', {}],
    ['400 KeyTooLongError', 'GET', `/data/${'k'.repeat(1025)}`, {}],
    ['405 MethodNotAllowed', 'PATCH', '/data/x', {}],
    ['501 NotImplemented', 'PUT', '/data/x?acl', {}],
    ['501 NotImplemented', 'PUT', '/data/x?tagging', { body: 'x' }],
    ['501 NotImplemented', 'PUT', '/data/x', { headers: { 'x-amz-copy-source': '/data/y' } }],
    ['501 NotImplemented', 'GET', '/data', {}],
    ['400 XAmzContentSHA256Mismatch', 'PUT', '/data/x', { headers: { 'x-amz-content-sha256': sha }, body: 'x' }],
    ['400 InvalidDigest', 'PUT', '/data/x', { headers: { 'content-md5': 'short' }, body: 'x' }],
    ['400 InvalidRequest', 'PUT', '/data/x', { headers: { 'x-amz-checksum-crc32': '!' }, body: 'x' }],
    ['501 NotImplemented', 'PUT', '/data/x', { headers: { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' }, body: 'x' }],
    ['501 NotImplemented', 'PUT', '/data/x', { headers: { 'transfer-encoding': 'chunked' }, body: 'x' }],
    ['400 InvalidRequest', 'PUT', '/data/x', { headers: chunked, body: 'not chunks\r\n' }],
    ['400 IncompleteBody', 'PUT', '/data/x', { headers: chunked, body: '3\r\nabc\r\n' }],
    ['400 IncompleteBody', 'PUT', '/data/x', { headers: chunked, body: '2\r\nab\r\n0\r\n\r\n' }],
    ['400 MetadataTooLarge', 'PUT', '/data/x', { headers: { 'x-amz-meta-a': 'v'.repeat(2048) }, body: 'x' }],
    ['400 MalformedXML', 'POST', '/data?delete', { body: '<Delete><Object><Key>x' }],
    ['400 MalformedXML', 'POST', '/data?delete', { body: '<!DOCTYPE x [<!ENTITY a "b">]><Delete>&a;</Delete>' }],
    ['400 MalformedXML', 'POST', '/data/x?uploadId=1', { body: '<a>'.repeat(10_000) }],
    ['400 MalformedXML', 'PUT', '/data?lifecycle', { body: '<LifecycleConfiguration/>' }],
    ['400 EntityTooLarge', 'POST', '/data?delete', { body: Buffer.alloc(5 * mebibyte) }],
    ['400 InvalidArgument', 'GET', '/data?list-type=2&max-keys=-1', {}],
    ['400 InvalidArgument', 'GET', '/data?list-type=2&encoding-type=x', {}],
  ])('%s for %s %s', async (expected, method, path, options) => {
    expect(await raw(running.port, method, path, options)).toBe(expected);
  });

  test('leave nothing behind: no object, no file outside, nothing in staging', async () => {
    await raw(running.port, 'PUT', '/data/../../escaped', { body: 'x' });
    const listed = await running.client.send(new ListObjectsV2Command({ Bucket: 'data' }));
    expect(listed.Contents?.map((object) => object.Key)).toEqual(['../../escaped']);
    expect((await readdir(running.folder)).sort()).toEqual(['.s3', 'data']);
    expect(await readdir(join(running.folder, 'data'))).toEqual([]);
    expect(await readdir(join(running.folder, '.s3', 'staging'))).toEqual([]);
  });

  test('a client that leaves in the middle of its body stores nothing and stops nobody', async () => {
    const socket = connect(running.port, '127.0.0.1');
    socket.write('PUT /data/half HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
    const staging = join(running.folder, '.s3', 'staging');
    while ((await readdir(staging)).length === 0);
    socket.destroy();
    while ((await readdir(staging)).length > 0);
    expect(await raw(running.port, 'GET', '/data/half')).toBe('404 NoSuchKey');
  });

  test('a part that is refused by another upload is not stored', async () => {
    const { UploadId } = await uploadParts(running.client, { Bucket: 'data', Key: 'k' }, []);
    const part = { Bucket: 'data', Key: 'other', UploadId, PartNumber: 1, Body: 'x' };
    expect(await refusal(running.client.send(new UploadPartCommand(part)))).toBe('NoSuchUpload 404');
    expect(await readdir(join(running.folder, '.s3', 'staging'))).toEqual([]);
  });
});
