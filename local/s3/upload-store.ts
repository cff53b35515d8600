/**
 * Open multipart uploads: a folder each, with `upload.json`, and for each part its bytes and a `part-N.json` that names
 * them and is replaced in one step. A folder comes and goes by one rename, so that an upload is there wholly or not.
 */
import { createReadStream } from 'node:fs';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../../runtime/clock';
import type { Random } from '../../runtime/random';
import type { Twist } from '../faults/faults';
import type { BucketStore } from './bucket-store';
import { type Checksum, createDigester } from './checksums';
import { moveDurably, namesIn, readOrNull, sync, writeDurably } from '../../runtime/durable-files';
import { compareKeys } from './key-path';
import { KeyedLock } from './keyed-lock';
import type { Layout } from './layout';
import type { ObjectStore } from './object-store';
import { type Completion, type NamedPart, planCompletion, type StoredPart, type UploadFacts } from './plan-completion';
import { S3Error } from './s3-error';
import type { StagedBody } from './receive-body';

export interface OpenUpload extends UploadFacts {
  readonly id: string;
}

export interface CompletedUpload {
  readonly key: string;
  readonly etag: string;
  readonly checksum?: Checksum;
}

export interface CompleteOptions {
  readonly mustBeNew: boolean;
  /** The checksum of the whole object, when the client gave one: base64, `-N` behind it when composite. */
  readonly expected?: { readonly value: string };
  /** Answers a second Complete as the first. */
  readonly again: Twist<'complete-again'> | null;
}

/** How many completed uploads are remembered. */
const COMPLETED_MAX = 10_000;

export class UploadStore {
  private readonly locks = new KeyedLock();
  private readonly completed = new Map<string, CompletedUpload>();

  constructor(
    private readonly layout: Layout,
    private readonly objects: ObjectStore,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** Forgets the uploads whose object was made when the process ended, but which were not yet removed. */
  async open(buckets: BucketStore): Promise<void> {
    for (const { name: bucket } of await buckets.all()) {
      for (const upload of await this.all(bucket)) {
        const object = await this.objects.find(bucket, upload.key);
        if (object?.uploadId === upload.id) await this.discard(bucket, upload.id);
      }
    }
  }

  /** The new upload's id. */
  async create(bucket: string, facts: Omit<UploadFacts, 'initiatedMs'>): Promise<string> {
    const id = this.random.uuid().replaceAll('-', '');
    const folder = this.layout.newStaged();
    await mkdir(folder);
    const upload: UploadFacts = { ...facts, initiatedMs: this.clock.wallMs() };
    await writeDurably(join(folder, 'upload.json'), JSON.stringify(upload), this.layout.newStaged());
    await moveDurably(folder, this.folder(bucket, id));
    return id;
  }

  /** NoSuchUpload when it is not open, or is of another key. */
  async find(bucket: string, key: string, id: string): Promise<OpenUpload> {
    const upload = await this.read(bucket, id);
    if (upload?.key !== key) throw new S3Error('NoSuchUpload');
    return upload;
  }

  /** By key, then id. */
  async all(bucket: string): Promise<OpenUpload[]> {
    const ids = await namesIn(this.layout.bucket(bucket).uploads);
    const uploads = await Promise.all(ids.map((id) => this.read(bucket, id)));
    return uploads
      .filter((upload) => upload !== null)
      .sort((a, b) => compareKeys(a.key, b.key) || compareKeys(a.id, b.id));
  }

  /** By number. */
  async parts(bucket: string, id: string): Promise<StoredPart[]> {
    const folder = this.folder(bucket, id);
    const names = (await namesIn(folder)).filter((name) => name.startsWith('part-'));
    const texts = await Promise.all(names.map((name) => readOrNull(join(folder, name))));
    const parts = texts.filter((text) => text !== null).map((text) => JSON.parse(text) as StoredPart);
    return parts.sort((a, b) => a.number - b.number);
  }

  /** Stores the part, in place of an earlier one of that number. NoSuchUpload; InvalidRequest without the checksum declared. */
  async putPart(bucket: string, key: string, id: string, number: number, body: StagedBody): Promise<void> {
    await this.locks.run(id, async () => {
      const { checksum: declared } = await this.find(bucket, key, id);
      if (declared && declared.algorithm !== body.checksum?.algorithm) {
        throw new S3Error(
          'InvalidRequest',
          `Checksum Type mismatch occurred, expected checksum Type: ${declared.algorithm.toLowerCase()}, ` +
            `actual checksum Type: ${body.checksum?.algorithm.toLowerCase() ?? 'null'}`,
        );
      }
      const folder = this.folder(bucket, id);
      const factsPath = join(folder, `part-${number}.json`);
      const old = await readOrNull(factsPath);
      const part: StoredPart = {
        number,
        etag: body.md5,
        sizeBytes: body.sizeBytes,
        lastModifiedMs: this.clock.wallMs(),
        checksum: body.checksum,
        file: `data-${number}-${basename(body.file)}`,
      };
      await sync(body.file);
      await rename(body.file, join(folder, part.file));
      await writeDurably(factsPath, JSON.stringify(part), this.layout.newStaged()); // syncs the folder: both names
      if (old !== null) await rm(join(folder, (JSON.parse(old) as StoredPart).file), { force: true });
    });
  }

  async abort(bucket: string, key: string, id: string): Promise<void> {
    await this.locks.run(id, async () => {
      await this.find(bucket, key, id);
      await this.discard(bucket, id);
    });
  }

  /** Joins the parts to the object and forgets the upload; when anything is refused, it stays open as it was. */
  async complete(
    bucket: string,
    key: string,
    id: string,
    named: readonly NamedPart[],
    options: CompleteOptions,
  ): Promise<CompletedUpload> {
    return this.locks.run(id, async () => {
      const before = this.completed.get(id);
      if (before?.key === key && options.again) {
        options.again.struck();
        return before;
      }
      const upload = await this.find(bucket, key, id);
      const plan = planCompletion(upload, await this.parts(bucket, id), named);
      const joined = await this.join(this.folder(bucket, id), plan, upload);
      const checksum = plan.checksum ?? joined.checksum;
      if (options.expected && options.expected.value !== checksum?.value) {
        await rm(joined.file);
        throw new S3Error('BadDigest');
      }
      const facts = { etag: plan.etag, headers: upload.headers, checksum, uploadId: id };
      await this.objects.put(bucket, key, joined.file, facts, options);
      await this.discard(bucket, id);
      return this.remember(id, { key, etag: plan.etag, checksum });
    });
  }

  /** One staged file of all parts. A single part is linked: its bytes need not be written again. */
  private async join(
    folder: string,
    plan: Completion,
    upload: UploadFacts,
  ): Promise<{ file: string; checksum?: Checksum }> {
    const file = this.layout.newStaged();
    const [first] = plan.parts;
    if (first && plan.parts.length === 1) {
      await link(join(folder, first.file), file);
      return { file, checksum: upload.checksum && first.checksum && { ...first.checksum, type: 'FULL_OBJECT' } };
    }
    const algorithm = upload.checksum?.type === 'FULL_OBJECT' ? upload.checksum.algorithm : undefined;
    const digester = algorithm && createDigester(algorithm);
    const handle = await open(file, 'wx');
    try {
      for (const part of plan.parts) {
        for await (const bytes of createReadStream(join(folder, part.file), { highWaterMark: 1 << 20 })) {
          digester?.update(bytes as Buffer);
          await handle.appendFile(bytes as Buffer);
        }
      }
    } finally {
      await handle.close();
    }
    if (!algorithm || !digester) return { file };
    return { file, checksum: { algorithm, value: digester.digest().toString('base64'), type: 'FULL_OBJECT' } };
  }

  private remember(id: string, completed: CompletedUpload): CompletedUpload {
    this.completed.set(id, completed);
    for (const oldest of this.completed.keys()) {
      if (this.completed.size <= COMPLETED_MAX) break;
      this.completed.delete(oldest);
    }
    return completed;
  }

  private async discard(bucket: string, id: string): Promise<void> {
    const doomed = this.layout.newStaged();
    await rename(this.folder(bucket, id), doomed);
    await sync(this.layout.bucket(bucket).uploads);
    await rm(doomed, { recursive: true });
  }

  private async read(bucket: string, id: string): Promise<OpenUpload | null> {
    if (!/^[0-9a-f]{32}$/.test(id)) return null; // it becomes a path
    const text = await readOrNull(join(this.folder(bucket, id), 'upload.json'));
    return text === null ? null : { id, ...(JSON.parse(text) as UploadFacts) };
  }

  private folder(bucket: string, id: string): string {
    return join(this.layout.bucket(bucket).uploads, id);
  }
}
