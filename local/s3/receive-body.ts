/**
 * Takes a request's body off the wire, undoes aws-chunked, and compares it with every length and checksum that came
 * with it, in headers or trailers. Only a body that is whole and right is given to an operation; large ones are in a
 * staged file by then, small ones in memory.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { AwsChunkedDecoder } from './aws-chunked';
import {
  algorithmNamed,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumHeader,
  createDigester,
  isDigest,
} from './checksums';
import { S3Error } from './s3-error';

/** A body that was received and found right. */
export interface ReceivedBody {
  readonly sizeBytes: number;
  /** Hex. */
  readonly md5: string;
  /** The one that the client sent with it. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

/** It lies in a file, not yet synced, which belongs to whoever got this. */
export interface StagedBody extends ReceivedBody {
  readonly file: string;
}

/** S3's limit for one put or part: 5 GiB. */
const stagedBytesMax = 5 * 1024 ** 3;
/** A Complete that names 10,000 parts with their checksums is under 3 MB. */
const textBytesMax = 4 * 1024 ** 2;

type Bytes = AsyncIterable<Buffer>;

/**
 * The body in a new file at `path`; no file is left when it throws (an S3Error, or the connection's error). `damage` is what
 * a fault does to bytes on their way, before they are compared with anything.
 */
export async function stageBody(
  source: Bytes,
  headers: IncomingHttpHeaders,
  path: string,
  damage: (bytes: Buffer) => Buffer,
): Promise<StagedBody> {
  const handle = await open(path, 'wx');
  try {
    const body = await receive(source, headers, stagedBytesMax, (bytes) => handle.appendFile(bytes), damage);
    return { ...body, file: path };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** The body as text. `isOfObject`: a checksum in the headers is not this body's (Complete gives the object's). */
export async function textBody(
  source: Bytes,
  headers: IncomingHttpHeaders,
  options: { isOfObject: boolean },
): Promise<string> {
  const pieces: Buffer[] = [];
  const own = Object.entries(headers).filter(([name]) => !options.isOfObject || !name.startsWith('x-amz-checksum-'));
  await receive(source, Object.fromEntries(own), textBytesMax, (bytes) => void pieces.push(bytes));
  return Buffer.concat(pieces).toString('utf8');
}

async function receive(
  source: Bytes,
  headers: IncomingHttpHeaders,
  bytesMax: number,
  write: (bytes: Buffer) => Promise<void> | void,
  damage: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Promise<ReceivedBody> {
  const framing = framingOf(headers);
  const decoder = framing.isChunked ? new AwsChunkedDecoder() : null;
  const md5 = createDigester('MD5');
  const contentHash = /^[\da-f]{64}$/i.test(framing.contentSha256) ? createHash('sha256') : null;
  const algorithm = declaredAlgorithm(headers);
  const digester = algorithm && createDigester(algorithm);
  let sizeBytes = 0;
  for await (const raw of source) {
    for (const sent of decoder ? decoder.push(raw) : [raw]) {
      const bytes = damage(sent);
      sizeBytes += bytes.length;
      if (sizeBytes > bytesMax) throw new S3Error('EntityTooLarge');
      md5.update(bytes);
      contentHash?.update(bytes);
      digester?.update(bytes);
      await write(bytes);
    }
  }
  decoder?.end();
  if (framing.lengthBytes !== undefined && sizeBytes !== framing.lengthBytes) throw new S3Error('IncompleteBody');
  if (contentHash && contentHash.digest('hex') !== framing.contentSha256.toLowerCase()) {
    throw new S3Error('XAmzContentSHA256Mismatch');
  }
  const md5Digest = md5.digest();
  compareMd5(headers['content-md5'], md5Digest);
  const checksum = algorithm && {
    algorithm,
    value: compareChecksum(
      algorithm,
      decoder?.trailers.get(checksumHeader(algorithm)) ?? headers[checksumHeader(algorithm)],
      digester?.digest(),
    ),
  };
  return { sizeBytes, md5: md5Digest.toString('hex'), checksum };
}

interface Framing {
  readonly isChunked: boolean;
  readonly lengthBytes?: number;
  readonly contentSha256: string;
}

function framingOf(headers: IncomingHttpHeaders): Framing {
  const contentSha256 = String(headers['x-amz-content-sha256'] ?? '');
  const isChunked = contentSha256.startsWith('STREAMING-') || hasAwsChunked(headers['content-encoding']);
  if (headers['transfer-encoding'] !== undefined && !isChunked) throw new S3Error('NotImplemented');
  const length = isChunked ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  if (length === undefined && isChunked) throw new S3Error('MissingContentLength');
  if (length !== undefined && !/^\d{1,15}$/.test(String(length))) {
    throw new S3Error('InvalidArgument', 'The length of the body is no number.');
  }
  return { isChunked, lengthBytes: length === undefined ? undefined : Number(length), contentSha256 };
}

const hasAwsChunked = (encoding: string | undefined): boolean => /(^|[\s,])aws-chunked($|[\s,])/.test(encoding ?? '');

/** The one checksum that comes with the body. Two of them are refused, as is an algorithm that we cannot verify. */
function declaredAlgorithm(headers: IncomingHttpHeaders): ChecksumAlgorithm | undefined {
  const given = [...Object.keys(headers), ...String(headers['x-amz-trailer'] ?? '').split(',')]
    .map((name) => /^\s*x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)\s*$/i.exec(name)?.[1])
    .filter((name) => name !== undefined);
  if (given.length > 1) throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header.');
  const [name] = given;
  if (name === undefined) return undefined;
  const algorithm = algorithmNamed(name);
  if (!algorithm)
    throw new S3Error('NotImplemented', `Of the checksums only ${checksumAlgorithms.join(', ')} are known.`);
  return algorithm;
}

function compareChecksum(
  algorithm: ChecksumAlgorithm,
  given: string | string[] | undefined,
  actual: Buffer | undefined,
): string {
  const value = actual?.toString('base64') ?? '';
  if (typeof given !== 'string' || !isDigest(algorithm, given)) {
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  if (given !== value)
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match what was received.`);
  return value;
}

function compareMd5(given: string | string[] | undefined, actual: Buffer): void {
  if (given === undefined) return;
  if (typeof given !== 'string' || !isDigest('MD5', given)) throw new S3Error('InvalidDigest');
  if (given !== actual.toString('base64')) throw new S3Error('BadDigest');
}
