/**
 * What the S3 sink relies on in a store. One suite for the fake and for the real adapter over the emulator.
 */
import { randomUUID } from 'node:crypto';
import type { S3Store } from '../sinks/s3/s3-store';

export function s3StoreConformance(open: () => { store: S3Store; bucket: string }): void {
  const key = (): string => `enriched/date=2026-01-01/hour=00/${randomUUID()}.jsonl.gz`;
  const body = (text: string): Buffer => Buffer.from(text);
  const MIB = 1024 * 1024;

  async function uploaded(text = 'one\n', at = key(), batchId = 'batch-1') {
    const { store, bucket } = open();
    const upload = { bucket, key: at, uploadId: await store.createUpload(bucket, at, batchId) };
    const part = await store.uploadPart(upload, 1, body(text));
    return { store, bucket, upload, part };
  }

  test('an upload cannot be seen before it is completed, and then is there with its batch id and size', async () => {
    const { store, bucket, upload, part } = await uploaded();
    expect(await store.head(bucket, upload.key)).toEqual({ kind: 'missing' });
    expect(await store.get(bucket, upload.key)).toBeNull();
    expect(await store.completeUpload(upload, [part])).toEqual({ kind: 'completed' });
    expect(await store.head(bucket, upload.key)).toEqual({ kind: 'found', bytes: 4, batchId: 'batch-1' });
    expect(await store.get(bucket, upload.key)).toEqual(body('one\n'));
  });

  test('parts are put together by their numbers, in whatever order they came', async () => {
    const { store, bucket } = open();
    const upload = { bucket, key: key(), uploadId: '' };
    upload.uploadId = await store.createUpload(bucket, upload.key, 'batch-1');
    const second = await store.uploadPart(upload, 2, body('tail'));
    const first = await store.uploadPart(upload, 1, Buffer.alloc(5 * MIB, 'x'));
    expect(await store.completeUpload(upload, [first, second])).toEqual({ kind: 'completed' });
    const file = await store.get(bucket, upload.key);
    expect([file?.length, file?.subarray(-5).toString()]).toEqual([5 * MIB + 4, 'xtail']);
  });

  test('completing again is no fault: it was completed, or the upload is gone and the file shows why', async () => {
    const { store, bucket, upload, part } = await uploaded();
    await store.completeUpload(upload, [part]);
    const again = await store.completeUpload(upload, [part]);
    expect(['completed', 'no-such-upload', 'key-exists']).toContain(again.kind);
    expect(await store.head(bucket, upload.key)).toEqual({ kind: 'found', bytes: 4, batchId: 'batch-1' });
  });

  test('an upload never takes the place of a file', async () => {
    const first = await uploaded('first\n');
    const second = await uploaded('second\n', first.upload.key, 'batch-2');
    await first.store.completeUpload(first.upload, [first.part]);
    expect(await second.store.completeUpload(second.upload, [second.part])).toEqual({ kind: 'key-exists' });
    expect(await first.store.get(first.bucket, first.upload.key)).toEqual(body('first\n'));
    await second.store.abortUpload(second.upload);
  });

  test('an aborted upload is gone; aborting again is no fault', async () => {
    const { store, bucket, upload, part } = await uploaded();
    await store.abortUpload(upload);
    await store.abortUpload(upload);
    expect(await store.completeUpload(upload, [part])).toEqual({ kind: 'no-such-upload' });
    expect(await store.head(bucket, upload.key)).toEqual({ kind: 'missing' });
  });

  test('a part that is not what was uploaded is refused', async () => {
    const { store, upload, part } = await uploaded();
    const answer = await store.completeUpload(upload, [{ ...part, etag: '"00000000000000000000000000000000"' }]);
    expect(answer.kind).toBe('refused');
    await store.abortUpload(upload);
  });

  test('a part before the last that is below 5 MiB is refused', async () => {
    const { store, upload, part } = await uploaded();
    const second = await store.uploadPart(upload, 2, body('tail'));
    expect((await store.completeUpload(upload, [part, second])).kind).toBe('refused');
    await store.abortUpload(upload);
  });

  test('putNew writes once and never replaces', async () => {
    const { store, bucket } = open();
    const at = `_commits/test/${randomUUID()}.json`;
    expect(await store.putNew(bucket, at, body('{"first":1}'))).toBe('written');
    expect(await store.putNew(bucket, at, body('{"second":2}'))).toBe('exists');
    expect(await store.get(bucket, at)).toEqual(body('{"first":1}'));
  });

  test('nothing is at a key that nobody wrote', async () => {
    const { store, bucket } = open();
    expect([await store.head(bucket, key()), await store.get(bucket, key())]).toEqual([{ kind: 'missing' }, null]);
  });
}
