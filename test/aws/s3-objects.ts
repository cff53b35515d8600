/** Buckets and objects, told through the real SDK. Part of s3-behaviour.ts. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { bytesOf, crc32Of, mebibyte, refusal, s3Place } from './s3-place';

export function describeObjects(endpoint: () => string): void {
  describe('buckets', () => {
    const place = s3Place(endpoint);
    test('are made once, found and listed', async () => {
      const { client, bucket: Bucket } = place();
      expect(await refusal(client.send(new CreateBucketCommand({ Bucket })))).toBe('BucketAlreadyOwnedByYou 409');
      await client.send(new HeadBucketCommand({ Bucket }));
      expect(await refusal(client.send(new HeadBucketCommand({ Bucket: 'missing' })))).toBe('NotFound 404');
      const { Buckets } = await client.send(new ListBucketsCommand({}));
      expect(Buckets?.map((bucket) => bucket.Name)).toContain(Bucket);
    });

    test('that are missing refuse objects and uploads', async () => {
      const { client } = place();
      const target = { Bucket: 'missing', Key: 'key' };
      expect(await refusal(client.send(new PutObjectCommand({ ...target, Body: 'x' })))).toBe('NoSuchBucket 404');
      expect(await refusal(client.send(new GetObjectCommand(target)))).toBe('NoSuchBucket 404');
      expect(await refusal(client.send(new ListObjectsV2Command({ Bucket: 'missing' })))).toBe('NoSuchBucket 404');
      expect(await refusal(client.send(new CreateMultipartUploadCommand(target)))).toBe('NoSuchBucket 404');
    });

    test('keep a lifecycle configuration', async () => {
      const { client, bucket: Bucket } = place();
      const get = new GetBucketLifecycleConfigurationCommand({ Bucket });
      expect(await refusal(client.send(get))).toBe('NoSuchLifecycleConfiguration 404');
      const rule = {
        ID: 'abort',
        Status: 'Enabled' as const,
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 30 },
      };
      const LifecycleConfiguration = { Rules: [rule] };
      await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
      expect((await client.send(get)).Rules).toEqual([rule]);
    });
  });

  describe('objects', () => {
    const place = s3Place(endpoint);
    test('are given back with their headers, metadata and checksum', async () => {
      const { client, bucket: Bucket } = place();
      const Body = Buffer.from('some lines\n');
      const headers = { ContentType: 'application/x-ndjson', ContentEncoding: 'gzip', CacheControl: 'no-cache' };
      const input = { Bucket, Key: 'a/b.gz', ...headers, Metadata: { batch: 'b1', 'other-one': 'x y' } };
      const sent = await client.send(new PutObjectCommand({ ...input, Body }));
      expect(sent.ChecksumCRC32).toBe(crc32Of(Body));
      const got = await client.send(new GetObjectCommand({ Bucket, Key: 'a/b.gz' }));
      expect(await got.Body?.transformToString()).toBe('some lines\n');
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a/b.gz', ChecksumMode: 'ENABLED' }));
      const expected = { ...headers, Metadata: input.Metadata, ETag: sent.ETag, ContentLength: Body.length };
      expect(got).toMatchObject(expected);
      expect(head).toMatchObject({ ...expected, ChecksumCRC32: crc32Of(Body), ChecksumType: 'FULL_OBJECT' });
      expect(Math.abs((head.LastModified?.getTime() ?? 0) - Date.parse(new Date().toISOString()))).toBeLessThan(60_000);
    });

    test('come whole out of a stream, whose checksum is a trailer', async () => {
      const { client, bucket: Bucket } = place();
      const bytes = randomBytes(3 * mebibyte + 17);
      const pieces = [bytes.subarray(0, 70_000), bytes.subarray(70_000, 70_001), bytes.subarray(70_001)];
      const input = { Bucket, Key: 'stream', Body: Readable.from(pieces), ContentLength: bytes.length };
      const sent = await client.send(new PutObjectCommand(input));
      expect((await bytesOf(client, { Bucket, Key: 'stream' })).equals(bytes)).toBe(true);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'stream', ChecksumMode: 'ENABLED' }));
      expect(head).toMatchObject({ ETag: sent.ETag, ContentLength: bytes.length, ChecksumCRC32: crc32Of(bytes) });
      expect(head.ContentEncoding).toBeUndefined();
    });

    test('may be empty, and are replaced whole', async () => {
      const { client, bucket: Bucket, put, keys } = place();
      await put('key', Buffer.alloc(0));
      expect(await bytesOf(client, { Bucket, Key: 'key' })).toHaveLength(0);
      await put('key', 'second');
      await put('key', 'third!');
      expect((await bytesOf(client, { Bucket, Key: 'key' })).toString()).toBe('third!');
      expect(await keys()).toEqual(['key']);
    });

    test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('take a checksum with %s', async (ChecksumAlgorithm) => {
      const { client, bucket: Bucket } = place();
      await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'checked', ChecksumAlgorithm }));
      expect((await bytesOf(client, { Bucket, Key: 'key', ChecksumMode: 'ENABLED' })).toString()).toBe('checked');
    });

    test('whose checksum or MD5 is wrong are refused and not stored', async () => {
      const { client, bucket: Bucket, keys } = place();
      const input = { Bucket, Key: 'key', Body: 'right' };
      const wrong = { ChecksumCRC32: crc32Of(Buffer.from('wrong')) };
      expect(await refusal(client.send(new PutObjectCommand({ ...input, ...wrong })))).toBe('BadDigest 400');
      const ContentMD5 = Buffer.alloc(16).toString('base64');
      expect(await refusal(client.send(new PutObjectCommand({ ...input, ContentMD5 })))).toBe('BadDigest 400');
      expect(await keys()).toEqual([]);
    });

    test('with If-None-Match are put only once, however many try', async () => {
      const { client, bucket: Bucket } = place();
      const tries = await Promise.all(
        Array.from({ length: 5 }, (_, n) =>
          refusal(client.send(new PutObjectCommand({ Bucket, Key: 'once', Body: `${n}`, IfNoneMatch: '*' }))),
        ),
      );
      expect(tries.sort()).toEqual([
        'PreconditionFailed 412',
        'PreconditionFailed 412',
        'PreconditionFailed 412',
        'PreconditionFailed 412',
        'none',
      ]);
    });

    test.each([
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=8-99', '89', 'bytes 8-9/10'],
      ['bytes=-99', '0123456789', 'bytes 0-9/10'],
      ['lines=1-2', '0123456789', undefined],
    ])('are read in the range %s', async (Range, text, ContentRange) => {
      const { client, bucket: Bucket, put } = place();
      await put('digits', '0123456789');
      const got = await client.send(new GetObjectCommand({ Bucket, Key: 'digits', Range }));
      expect(await got.Body?.transformToString()).toBe(text);
      expect(got.ContentRange).toBe(ContentRange);
    });

    test('that are missing answer 404, and a range outside 416', async () => {
      const { client, bucket: Bucket, put } = place();
      expect(await refusal(client.send(new GetObjectCommand({ Bucket, Key: 'no' })))).toBe('NoSuchKey 404');
      expect(await refusal(client.send(new HeadObjectCommand({ Bucket, Key: 'no' })))).toBe('NotFound 404');
      await put('key', 'abc');
      const outside = { Bucket, Key: 'key', Range: 'bytes=3-' };
      expect(await refusal(client.send(new GetObjectCommand(outside)))).toBe('InvalidRange 416');
    });

    test('are read on conditions', async () => {
      const { client, bucket: Bucket, put } = place();
      const { ETag } = await put('key', 'abc');
      const get = (input: object) => refusal(client.send(new GetObjectCommand({ Bucket, Key: 'key', ...input })));
      expect(await get({ IfMatch: ETag })).toBe('none');
      expect(await get({ IfMatch: '"other"' })).toBe('PreconditionFailed 412');
      expect(await get({ IfNoneMatch: ETag })).toMatch(/ 304$/);
    });

    test('are removed one by one and many at once, also when they were not there', async () => {
      const { client, bucket: Bucket, put, keys } = place();
      for (const key of ['a', 'b', 'c&<>"é']) await put(key);
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
      const Objects = [{ Key: 'b' }, { Key: 'c&<>"é' }, { Key: 'never' }];
      const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      expect(Deleted).toEqual(Objects);
      expect(await keys()).toEqual([]);
    });
  });
}
