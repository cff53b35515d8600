/** Listing, told through the real SDK. Part of s3-behaviour.ts. */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { bytesOf, refusal, s3Place } from './s3-place';

export function describeListing(endpoint: () => string): void {
  describe('listing', () => {
    const place = s3Place(endpoint);
    const oddKeys = [
      ' leading',
      'a b',
      'a%41',
      'a+b',
      'a=1/b=2.gz',
      'aA',
      'date=2026-11-01/hour=05/x.jsonl.gz',
      'q?x=1&y#z',
      '\u0001control',
      'é',
      '日本/語',
      '😀',
      '\uffee',
      '<&>"\'',
      'back\\slash',
      'x'.repeat(1024),
      'x'.repeat(300) + '/y',
      '..',
      '../up',
      'a/../b',
      '.',
      './a',
      '/absolute',
      '//',
      'a//b',
      'dir/',
      'dir',
      'dir/file',
      'file',
      'file/below',
      'C:\\x',
      '%2e%2e/%2f',
    ];

    test('shows every key as it was put, in the order of UTF-8 bytes, and each is read and removed again', async () => {
      const { client, bucket: Bucket, put, list, keys } = place();
      const sorted = [...oddKeys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      for (const key of oddKeys) await put(key);
      expect(await keys()).toEqual(sorted);
      for (const key of oddKeys) expect((await bytesOf(client, { Bucket, Key: key })).toString()).toBe(key);
      const encoded = ((await list({ EncodingType: 'url' })).Contents ?? []).map((object) => object.Key ?? '');
      expect(encoded.map(decodeURIComponent)).toEqual(sorted);
      for (const key of oddKeys) await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
      expect(await keys()).toEqual([]);
    });

    test.each([
      [{}, 1],
      [{}, 3],
      [{ Delimiter: '/' }, 1],
      [{ Delimiter: '/' }, 2],
      [{ Delimiter: '/', Prefix: 'a/' }, 1],
      [{ Delimiter: 'x' }, 2],
      [{ Prefix: 'a/b' }, 1],
      [{ StartAfter: 'a/b/2' }, 2],
    ])('%j in pages of %i is the same as in one', async (input, MaxKeys) => {
      const { put, list } = place();
      for (const key of ['a', 'a-b', 'a/b/1', 'a/b/2', 'a/bx', 'a/c', 'a0', 'b/x', 'b/y/z', 'é/1', 'é/2'])
        await put(key);
      const whole = await list(input);
      const namesIn = (page: typeof whole) => [
        ...(page.Contents ?? []).map((object) => object.Key ?? ''),
        ...(page.CommonPrefixes ?? []).map((common) => common.Prefix ?? ''),
      ];
      const inPages: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await list({ ...input, MaxKeys, ContinuationToken });
        expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
        expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
        inPages.push(...namesIn(page));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      expect(inPages.sort()).toEqual(namesIn(whole).sort());
    });

    test('groups by delimiter below a prefix', async () => {
      const { put, list } = place();
      for (const key of ['t/date=1/a', 't/date=1/b', 't/date=2/a', 't/file', 'u/a']) await put(key);
      const page = await list({ Prefix: 't/', Delimiter: '/' });
      expect(page.CommonPrefixes).toEqual([{ Prefix: 't/date=1/' }, { Prefix: 't/date=2/' }]);
      expect(page.Contents?.map((object) => object.Key)).toEqual(['t/file']);
      expect(page.KeyCount).toBe(3);
    });

    test('tells size, ETag and time of each, and refuses a token that is none', async () => {
      const { put, list } = place();
      const { ETag } = await put('key', 'four');
      expect((await list()).Contents).toEqual([
        expect.objectContaining({
          Key: 'key',
          Size: 4,
          ETag,
          StorageClass: 'STANDARD',
          LastModified: expect.any(Date) as Date,
        }),
      ]);
      expect(await refusal(list({ ContinuationToken: 'x' }))).toBe('InvalidArgument 400');
      expect((await list({ MaxKeys: 0 })).KeyCount).toBe(0);
    });
  });
}
