/** Multipart uploads, told through the real SDK. Part of s3-behaviour.ts. */
import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { bytesOf, crc32Of, mebibyte, refusal, uploadParts, s3Place } from './s3-place';

export function describeUploads(endpoint: () => string): void {
  describe('multipart uploads', () => {
    const place = s3Place(endpoint);
    const Key = 'table/date=2026-11-01/file.gz';
    const complete = (UploadId: string, Parts: CompletedPart[], more: object = {}) => {
      const target = { Bucket: place().bucket, Key, UploadId };
      return place().client.send(
        new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts }, ...more }),
      );
    };

    test('become an object when they are completed and not before', async () => {
      const { client, bucket: Bucket, keys } = place();
      const parts = [randomBytes(5 * mebibyte), randomBytes(5 * mebibyte + 1), Buffer.from('end')];
      const headers = { ContentType: 'application/gzip', Metadata: { batch: 'b7' } };
      const { UploadId, Parts } = await uploadParts(client, { Bucket, Key, ...headers }, parts);
      expect(await keys()).toEqual([]);
      expect(await refusal(client.send(new HeadObjectCommand({ Bucket, Key })))).toBe('NotFound 404');
      const done = await complete(UploadId, Parts, { IfNoneMatch: '*' });
      expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
      const digests = Parts.map((part) => Buffer.from(part.ChecksumCRC32 ?? '', 'base64'));
      expect(done.ChecksumCRC32).toBe(`${crc32Of(Buffer.concat(digests))}-3`);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
      const whole = Buffer.concat(parts);
      expect(head).toMatchObject({
        ...headers,
        ETag: done.ETag,
        ContentLength: whole.length,
        ChecksumType: 'COMPOSITE',
      });
      expect((await bytesOf(client, { Bucket, Key, ChecksumMode: 'ENABLED' })).equals(whole)).toBe(true);
      expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
    });

    test('with a full object checksum have that of all bytes', async () => {
      const { client, bucket: Bucket } = place();
      const parts = [randomBytes(5 * mebibyte), Buffer.from('end')];
      const { UploadId, Parts } = await uploadParts(client, { Bucket, Key, ChecksumType: 'FULL_OBJECT' }, parts);
      const wrong = { ChecksumCRC32: crc32Of(Buffer.from('wrong')), ChecksumType: 'FULL_OBJECT' };
      expect(await refusal(complete(UploadId, Parts, wrong))).toBe('BadDigest 400');
      const right = crc32Of(Buffer.concat(parts));
      expect((await complete(UploadId, Parts, { ChecksumCRC32: right })).ChecksumCRC32).toBe(right);
      expect((await bytesOf(client, { Bucket, Key, ChecksumMode: 'ENABLED' })).equals(Buffer.concat(parts))).toBe(true);
    });

    test('without a declared checksum take what the SDK sends by default', async () => {
      const { client, bucket: Bucket } = place();
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const target = { Bucket, Key, UploadId, PartNumber: 1 };
      const sent = await client.send(new UploadPartCommand({ ...target, Body: 'only' }));
      const done = await complete(UploadId ?? '', [
        { PartNumber: 1, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 },
      ]);
      expect(done.ETag).toMatch(/-1"$/);
      expect((await bytesOf(client, { Bucket, Key })).toString()).toBe('only');
    });

    test('take the parts named only, and the last that was sent of each number', async () => {
      const { client, bucket: Bucket } = place();
      const { UploadId, Parts } = await uploadParts(client, { Bucket, Key }, [
        Buffer.from('old'),
        Buffer.from('other'),
      ]);
      const target = { Bucket, Key, UploadId, PartNumber: 1 };
      const sent = await client.send(new UploadPartCommand({ ...target, Body: 'new' }));
      expect(await refusal(complete(UploadId, Parts.slice(0, 1)))).toBe('InvalidPart 400');
      await complete(UploadId, [{ PartNumber: 1, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 }]);
      expect((await bytesOf(client, { Bucket, Key })).toString()).toBe('new');
    });

    test('are refused for the reasons of S3, and stay open', async () => {
      const { client, bucket: Bucket, put } = place();
      const { UploadId, Parts } = await uploadParts(client, { Bucket, Key }, [Buffer.from('a'), Buffer.from('b')]);
      const [one, two] = Parts as [CompletedPart, CompletedPart];
      const cases: [string, CompletedPart[]][] = [
        ['InvalidPartOrder 400', [two, one]],
        ['InvalidPartOrder 400', [one, one]],
        ['InvalidPart 400', [one, { ...two, PartNumber: 3 }]],
        ['InvalidPart 400', [{ ...one, ETag: two.ETag }]],
        ['InvalidPart 400', [{ ...one, ChecksumCRC32: two.ChecksumCRC32 }]],
        ['InvalidRequest 400', [{ ...one, ChecksumCRC32: undefined }]],
        ['EntityTooSmall 400', [one, two]],
        ['MalformedXML 400', []],
      ];
      for (const [expected, parts] of cases) expect(await refusal(complete(UploadId, parts))).toBe(expected);
      await put(Key, 'earlier');
      expect(await refusal(complete(UploadId, [one], { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
      expect((await bytesOf(client, { Bucket, Key })).toString()).toBe('earlier');
      await complete(UploadId, [one]);
      expect((await bytesOf(client, { Bucket, Key })).toString()).toBe('a');
    });

    test('refuse parts that are wrong or come without the declared checksum', async () => {
      const { client, bucket: Bucket } = place();
      const { UploadId } = await uploadParts(client, { Bucket, Key }, []);
      const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'right' };
      const send = (more: object) => refusal(client.send(new UploadPartCommand({ ...part, ...more })));
      expect(await send({ ChecksumCRC32: crc32Of(Buffer.from('wrong')) })).toBe('BadDigest 400');
      expect(await send({ ChecksumAlgorithm: 'SHA256' })).toBe('InvalidRequest 400');
      expect(await send({ PartNumber: 0 })).toBe('InvalidArgument 400');
      expect(await send({ PartNumber: 10_001 })).toBe('InvalidArgument 400');
      expect((await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))).Parts).toBeUndefined();
    });

    test('that are unknown, aborted or of another key are NoSuchUpload for every call', async () => {
      const { client, bucket: Bucket, keys } = place();
      const { UploadId, Parts } = await uploadParts(client, { Bucket, Key }, [Buffer.from('a')]);
      const other = { Bucket, Key: 'other', UploadId };
      expect(await refusal(client.send(new ListPartsCommand(other)))).toBe('NoSuchUpload 404');
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      for (const id of [UploadId, 'f'.repeat(32), '../../x', '']) {
        const target = { Bucket, Key, UploadId: id || 'x' };
        expect(await refusal(client.send(new UploadPartCommand({ ...target, PartNumber: 1 })))).toBe(
          'NoSuchUpload 404',
        );
        expect(await refusal(client.send(new ListPartsCommand(target)))).toBe('NoSuchUpload 404');
        expect(await refusal(complete(target.UploadId, Parts))).toBe('NoSuchUpload 404');
        expect(await refusal(client.send(new AbortMultipartUploadCommand(target)))).toBe('NoSuchUpload 404');
      }
      expect(await keys()).toEqual([]);
    });

    test('and their parts are listed in pages', async () => {
      const { client, bucket: Bucket } = place();
      const first = await uploadParts(client, { Bucket, Key }, [Buffer.from('a'), Buffer.from('bb'), Buffer.from('c')]);
      const second = await uploadParts(client, { Bucket, Key: 'another' }, []);
      const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      expect(uploads.Uploads?.map((upload) => [upload.Key, upload.UploadId])).toEqual([
        ['another', second.UploadId],
        [Key, first.UploadId],
      ]);
      const page = await client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1 }));
      expect([page.IsTruncated, page.NextKeyMarker]).toEqual([true, 'another']);
      const next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker, Prefix: 'table/' };
      const rest = await client.send(new ListMultipartUploadsCommand({ Bucket, ...next }));
      expect(rest.Uploads).toHaveLength(1);

      const target = { Bucket, Key, UploadId: first.UploadId };
      const parts = await client.send(new ListPartsCommand({ ...target, MaxParts: 2 }));
      expect(parts).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2', ChecksumAlgorithm: 'CRC32' });
      expect(parts.Parts?.[1]).toMatchObject({ ...first.Parts[1], Size: 2 });
      const last = await client.send(new ListPartsCommand({ ...target, PartNumberMarker: '2' }));
      expect(last.Parts?.map((part) => part.PartNumber)).toEqual([3]);
    });
  });
}
