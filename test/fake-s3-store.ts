/**
 * S3 in memory behind the sink's narrow interface: uploads are invisible until they are completed, a completed upload is
 * forgotten, conditional writes hold, parts are checked as S3 checks them. Passes `s3-store-conformance.ts` as the real
 * adapter does. Every request is appended to `requests`; a test may stand in its way with `before` and `after`.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { crc32Base64 } from '../sinks/s3/aws-s3-store';
import { FlotillaError } from '../runtime/errors';
import type { CompleteAnswer, HeadAnswer, MultipartUpload, S3Store, UploadedPart } from '../sinks/s3/s3-store';

interface StoredObject {
  readonly body: Buffer;
  readonly batchId: string | undefined;
}

interface Upload extends MultipartUpload {
  readonly batchId: string;
  readonly parts: Map<number, Buffer>;
}

/** What a test sees of a request: `CompleteMultipartUpload enriched/date=.../file`. */
export type Hook = (request: string) => Promise<void> | void;

const PART_BYTES_MIN = 5 * 1024 * 1024;

export class FakeS3Store implements S3Store {
  readonly endpoint = '';
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, Upload>();
  readonly requests: string[] = [];
  /** May throw (refused, not applied) or never resolve (the process died). */
  before: Hook = () => undefined;
  /** May throw (applied, answer lost) or never resolve. */
  after: Hook = () => undefined;
  private uploadCount = 0;

  async createUpload(bucket: string, key: string, batchId: string): Promise<string> {
    return this.request(`CreateMultipartUpload ${key}`, () => {
      const uploadId = `upload-${++this.uploadCount}`;
      this.uploads.set(uploadId, { bucket, key, uploadId, batchId, parts: new Map() });
      return uploadId;
    });
  }

  async uploadPart(upload: MultipartUpload, partNumber: number, body: Buffer): Promise<UploadedPart> {
    return this.request(`UploadPart ${upload.key}`, () => {
      const open = this.uploads.get(upload.uploadId);
      if (open === undefined) throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'NoSuchUpload');
      open.parts.set(partNumber, Buffer.from(body));
      return { partNumber, etag: etagOf(body), crc32: crc32Base64(body) };
    });
  }

  async completeUpload(upload: MultipartUpload, parts: readonly UploadedPart[]): Promise<CompleteAnswer> {
    return this.request(`CompleteMultipartUpload ${upload.key}`, (): CompleteAnswer => {
      const open = this.uploads.get(upload.uploadId);
      if (open === undefined) return { kind: 'no-such-upload' };
      if (this.objects.has(upload.key)) return { kind: 'key-exists' };
      const bodies = parts.map((part) => open.parts.get(part.partNumber));
      const differs = parts.some((part, index) => bodies[index] === undefined || etagOf(bodies[index]) !== part.etag);
      if (parts.length === 0 || differs) return { kind: 'refused', reason: 'InvalidPart' };
      const tooSmall = bodies.slice(0, -1).some((body) => (body as Buffer).length < PART_BYTES_MIN);
      if (tooSmall) return { kind: 'refused', reason: 'EntityTooSmall' };
      this.uploads.delete(upload.uploadId);
      this.objects.set(upload.key, { body: Buffer.concat(bodies as Buffer[]), batchId: open.batchId });
      return { kind: 'completed' };
    });
  }

  async abortUpload(upload: MultipartUpload): Promise<void> {
    return this.request(`AbortMultipartUpload ${upload.key}`, () => void this.uploads.delete(upload.uploadId));
  }

  async head(_bucket: string, key: string): Promise<HeadAnswer> {
    return this.request(`HeadObject ${key}`, (): HeadAnswer => {
      const object = this.objects.get(key);
      if (object === undefined) return { kind: 'missing' };
      return { kind: 'found', bytes: object.body.length, batchId: object.batchId };
    });
  }

  async putNew(_bucket: string, key: string, body: Buffer): Promise<'written' | 'exists'> {
    return this.request(`PutObject ${key}`, () => {
      if (this.objects.has(key)) return 'exists';
      this.objects.set(key, { body: Buffer.from(body), batchId: undefined });
      return 'written';
    });
  }

  async get(_bucket: string, key: string): Promise<Buffer | null> {
    return this.request(`GetObject ${key}`, () => this.objects.get(key)?.body ?? null);
  }

  /** Keys of the tables, in order. */
  keys(): string[] {
    return [...this.objects.keys()].filter((key) => !key.startsWith('_commits/')).sort();
  }

  /** Every line of every visible file, sorted: what a reader counts. */
  lines(): string[] {
    return this.keys()
      .flatMap((key) =>
        gunzipSync((this.objects.get(key) as StoredObject).body)
          .toString('utf8')
          .trimEnd()
          .split('\n'),
      )
      .sort();
  }

  private async request<T>(name: string, apply: () => T): Promise<T> {
    this.requests.push(name);
    await this.before(name);
    const answer = apply();
    await this.after(name);
    return answer;
  }
}

const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;
