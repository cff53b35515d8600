/** Which request headers an object keeps, and which headers an object is answered with. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { quoted } from './answer';
import { checksumHeader } from './checksums';
import type { StoredObject } from './object-store';
import { S3Error } from './s3-error';

const kept = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'cache-control',
  'expires',
] as const;
const metadataPrefix = 'x-amz-meta-';
/** S3's limit for names and values of user metadata together. */
const metadataBytesMax = 2048;

/** Throws S3Error MetadataTooLarge. `aws-chunked` is how the body travelled, not what it is. */
export function headersToKeep(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of kept) {
    const value = name === 'content-encoding' ? withoutAwsChunked(headers[name]) : headers[name];
    if (value) result[name] = value;
  }
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(metadataPrefix) || value === undefined) continue;
    result[name] = String(value);
    metadataBytes += Buffer.byteLength(name) - metadataPrefix.length + Buffer.byteLength(String(value));
  }
  if (metadataBytes > metadataBytesMax) throw new S3Error('MetadataTooLarge');
  return result;
}

const withoutAwsChunked = (encoding: string | undefined): string =>
  (encoding ?? '')
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked' && coding !== '')
    .join(',');

/** `withChecksum`: the client sent `x-amz-checksum-mode: ENABLED` and gets all bytes. */
export function headersOf(object: StoredObject, withChecksum: boolean): Record<string, string> {
  return {
    ...object.headers,
    etag: quoted(object.etag),
    'last-modified': new Date(object.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    ...(withChecksum && object.checksum
      ? {
          [checksumHeader(object.checksum.algorithm)]: object.checksum.value,
          'x-amz-checksum-type': object.checksum.type,
        }
      : {}),
  };
}
