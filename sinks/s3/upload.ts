/**
 * Uploads the files of a batch so that nobody can see them: CreateMultipartUpload and UploadPart, never Complete. Every
 * upload that was begun is remembered before anything else happens to it, so that `abort` can throw all of them away.
 */
import { inParallel } from '../../runtime/in-parallel';
import { withRetries, type Retries } from '../../runtime/retry';
import type { PlannedFile } from './plan';
import type { MultipartUpload, S3Store } from './s3-store';

export interface FileToUpload {
  readonly key: string;
  readonly lines: number;
  readonly parts: readonly Buffer[];
}

export class BatchUploads {
  private readonly begun: MultipartUpload[] = [];

  constructor(
    private readonly store: S3Store,
    private readonly bucket: string,
    private readonly batchId: string,
    private readonly parallel: number,
    private readonly retries: Retries,
  ) {}

  /** Rejects with the first failure after all that was under way has ended. */
  upload(files: readonly FileToUpload[]): Promise<PlannedFile[]> {
    return inParallel(files, this.parallel, (file) => this.uploadFile(file));
  }

  private async uploadFile({ key, lines, parts }: FileToUpload): Promise<PlannedFile> {
    const { store, bucket, batchId } = this;
    const uploadId = await this.retried(() => store.createUpload(bucket, key, batchId));
    const upload = { bucket, key, uploadId };
    this.begun.push(upload);
    const uploaded = [];
    for (const [index, body] of parts.entries()) {
      const part = await this.retried(() => store.uploadPart(upload, index + 1, body));
      uploaded.push({ ...part, bytes: body.length });
    }
    return { key, uploadId, lines, bytes: uploaded.reduce((sum, part) => sum + part.bytes, 0), parts: uploaded };
  }

  /** One attempt each: what stays behind, the bucket's rule for incomplete uploads removes. Resolves to how many are gone. */
  async abort(): Promise<number> {
    const attempts = await inParallel(this.begun, this.parallel, (upload) =>
      this.store.abortUpload(upload).then(
        () => 1,
        () => 0,
      ),
    );
    return attempts.reduce<number>((sum, one) => sum + one, 0);
  }

  private retried<T>(run: () => Promise<T>): Promise<T> {
    this.retries.signal?.throwIfAborted();
    return withRetries(run, this.retries);
  }
}
