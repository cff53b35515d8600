/**
 * The few things that the sink asks of S3. Each method is one attempt: what is expected comes back as a value, what is
 * not is a FlotillaError (retryable or fatal). Adapter: `aws-s3-store.ts`; a fake with the same conformance suite is
 * under test/.
 */

/** A part that S3 has: all that CompleteMultipartUpload asks for. */
export interface UploadedPart {
  /** 1 to 10,000, without gaps: a composite checksum asks for that. */
  readonly partNumber: number;
  readonly etag: string;
  /** Of the part's bytes, big-endian, base64. */
  readonly crc32: string;
}

export interface MultipartUpload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** What became of one CompleteMultipartUpload. */
export type CompleteAnswer =
  | { readonly kind: 'completed' }
  /** NoSuchUpload: completed before, or aborted, or never there. */
  | { readonly kind: 'no-such-upload' }
  /** 412: something else has that key. */
  | { readonly kind: 'key-exists' }
  /** Nobody knows, or not now: timed out, 409, throttled, 5xx, a 200 with an error in its body, a permission that lacks. */
  | { readonly kind: 'unclear'; readonly reason: string }
  /** S3 will say the same for ever. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What lies at a key. `unclear` as above. */
export type HeadAnswer =
  | { readonly kind: 'found'; readonly bytes: number; readonly batchId: string | undefined }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unclear'; readonly reason: string };

export interface S3Store {
  /** Where it is, for the lease row: empty for AWS itself. */
  readonly endpoint: string;
  /** Begins an upload with CRC32 checksums whose file will carry `batchId`. Resolves to its upload id. */
  createUpload(bucket: string, key: string, batchId: string): Promise<string>;
  uploadPart(upload: MultipartUpload, partNumber: number, body: Buffer): Promise<UploadedPart>;
  completeUpload(upload: MultipartUpload, parts: readonly UploadedPart[]): Promise<CompleteAnswer>;
  /** Also resolves when the upload is not there. */
  abortUpload(upload: MultipartUpload): Promise<void>;
  head(bucket: string, key: string): Promise<HeadAnswer>;
  /** Writes a small object unless the key is taken. Where the store has no conditional writes it always writes. */
  putNew(bucket: string, key: string, body: Buffer): Promise<'written' | 'exists'>;
  /** Null when nothing is there. */
  get(bucket: string, key: string): Promise<Buffer | null>;
}
