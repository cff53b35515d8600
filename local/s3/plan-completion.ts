/**
 * Whether an upload may be completed with the parts that a client names, and what the object is then called. Pure;
 * every refusal is one that S3 makes. The upload store calls it, then joins the parts.
 */
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumType,
  compositeChecksum,
  compositeEtag,
} from './checksums';
import { S3Error } from './s3-error';

/** What an open upload was created with. */
export interface UploadFacts {
  readonly key: string;
  readonly initiatedMs: number;
  /** The object's headers to be. */
  readonly headers: Readonly<Record<string, string>>;
  /** Every part must then carry such a checksum. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType };
}

/** A part that lies on the disk. */
export interface StoredPart {
  readonly number: number;
  /** Hex MD5, without quotes. */
  readonly etag: string;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
  /** Its file's name in the upload's folder. */
  readonly file: string;
}

/** A part as the client names it. */
export interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksums: readonly { readonly algorithm: ChecksumAlgorithm; readonly value: string }[];
}

export interface Completion {
  readonly parts: readonly StoredPart[];
  readonly etag: string;
  /** For a composite one. That of the full object is known only when the parts are joined. */
  readonly checksum?: Checksum;
  readonly sizeBytes: number;
}

/** What S3 demands of all parts but the last. Source: "Amazon S3 multipart upload limits". */
const partBytesMin = 5 * 1024 * 1024;
export const partNumberMax = 10_000;

/** Throws S3Error: MalformedXML, InvalidPartOrder, InvalidPart, InvalidRequest, EntityTooSmall. */
export function planCompletion(
  upload: UploadFacts,
  stored: readonly StoredPart[],
  named: readonly NamedPart[],
): Completion {
  if (named.length === 0) throw new S3Error('MalformedXML', 'No part is named.');
  if (named.some((part, index) => index > 0 && part.number <= (named[index - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder');
  }
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const parts = named.map((part) => matchingPart(part, byNumber.get(part.number), upload));
  for (const part of parts.slice(0, -1)) {
    if (part.sizeBytes < partBytesMin) {
      throw new S3Error(
        'EntityTooSmall',
        `Part ${part.number} has ${part.sizeBytes} bytes, fewer than ${partBytesMin}.`,
      );
    }
  }
  return {
    parts,
    etag: compositeEtag(parts.map((part) => part.etag)),
    checksum:
      upload.checksum?.type === 'COMPOSITE'
        ? compositeChecksum(
            upload.checksum.algorithm,
            parts.map((part) => part.checksum?.value ?? ''),
          )
        : undefined,
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
  };
}

function matchingPart(named: NamedPart, stored: StoredPart | undefined, upload: UploadFacts): StoredPart {
  if (!stored) throw new S3Error('InvalidPart', `Part ${named.number} was not found.`);
  if (stored.etag !== named.etag) throw new S3Error('InvalidPart', `Part ${named.number} has another ETag.`);
  const { checksum } = stored;
  for (const { algorithm, value } of named.checksums) {
    if (checksum?.algorithm !== algorithm || checksum.value !== value) {
      throw new S3Error('InvalidPart', `Part ${named.number} has another ${algorithm} checksum.`);
    }
  }
  if (upload.checksum?.type === 'COMPOSITE' && named.checksums.length === 0) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using a ${upload.checksum.algorithm.toLowerCase()} checksum. ` +
        `The complete request must include the checksum for each part. It was missing for part ${named.number} in the request.`,
    );
  }
  return stored;
}
