import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../runtime/clock';
import { systemRandom } from '../../runtime/random';
import { BucketStore } from './bucket-store';
import { digestOf } from './checksums';
import { Layout } from './layout';
import { ObjectStore } from './object-store';
import { UploadStore } from './upload-store';

const bucket = 'data';
const key = 'table/file';
const headers = { 'x-amz-meta-batch': 'b1' };
let folder: string;

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'flotilla-s3-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a process has after its start. */
async function opened() {
  const layout = new Layout(folder, systemRandom);
  const buckets = new BucketStore(layout, systemClock);
  const objects = new ObjectStore(layout, systemClock);
  const uploads = new UploadStore(layout, objects, systemClock, systemRandom);
  await buckets.open();
  await uploads.open(buckets);
  const stage = async (text: string) => {
    const file = layout.newStaged();
    await writeFile(file, text);
    return { file, sizeBytes: text.length, md5: digestOf('MD5', Buffer.from(text)).toString('hex') };
  };
  return { layout, buckets, objects, uploads, stage };
}

test('a process that dies between making the object and forgetting the upload has completed it', async () => {
  const { layout, buckets, uploads, stage } = await opened();
  await buckets.create(bucket);
  const id = await uploads.create(bucket, { key, headers });
  const body = await stage('bytes');
  await uploads.putPart(bucket, key, id, 1, body);
  const uploadFolder = join(layout.bucket(bucket).uploads, id);
  await cp(uploadFolder, join(folder, 'kept'), { recursive: true });
  await uploads.complete(bucket, key, id, [{ number: 1, etag: body.md5, checksums: [] }], {
    mustBeNew: false,
    again: null,
  });
  await cp(join(folder, 'kept'), uploadFolder, { recursive: true });

  const after = await opened();
  expect(await after.uploads.all(bucket)).toEqual([]);
  expect(await after.objects.find(bucket, key)).toMatchObject({ sizeBytes: 5, headers, uploadId: id });
});

test('a process that dies before the rename leaves the old object with its old headers', async () => {
  const { layout, buckets, objects, stage } = await opened();
  await buckets.create(bucket);
  const old = await stage('old');
  await objects.put(bucket, key, old.file, { etag: old.md5, headers }, { mustBeNew: false });
  const [meta] = await readdir(layout.bucket(bucket).meta);
  const newer = `${meta?.split('.')[0]}.3-99999.json`; // written for bytes that never came
  await writeFile(join(layout.bucket(bucket).meta, newer), JSON.stringify({ key, etag: 'new', headers: {} }));
  await stage('new');

  const after = await opened();
  expect(await after.objects.find(bucket, key)).toMatchObject({ etag: old.md5, headers });
  expect(await readdir(layout.staging)).toEqual([]);
});

test('parts that come while the upload is completed or aborted are in time or NoSuchUpload', async () => {
  const { buckets, uploads, stage } = await opened();
  await buckets.create(bucket);
  const id = await uploads.create(bucket, { key, headers });
  const bodies = await Promise.all(['a', 'b', 'c', 'd'].map(stage));
  const put = (index: number) => uploads.putPart(bucket, key, id, index + 1, bodies[index] ?? bodies[0]!);
  const settled = await Promise.allSettled([put(0), put(1), uploads.abort(bucket, key, id), put(2), put(3)]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
  expect(settled[4]).toMatchObject({ reason: { code: 'NoSuchUpload' } });
});
