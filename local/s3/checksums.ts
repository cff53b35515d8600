/**
 * Checksums as S3 has them: of one body, of a multipart upload's parts together, and how headers name them. Pure.
 * CRC64NVME is not known here and refused by name, rather than stored unverified.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const checksumAlgorithms = ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** FULL_OBJECT: of all bytes. COMPOSITE: of the parts' checksums, followed by `-` and their number. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; with `-N` behind it when composite. */
  readonly value: string;
  readonly type: ChecksumType;
}

/** Takes bytes until it is asked for the digest. */
export interface Digester {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

export function createDigester(algorithm: ChecksumAlgorithm | 'MD5'): Digester {
  if (algorithm === 'CRC32') return crcDigester((bytes, value) => crc32(bytes, value));
  if (algorithm === 'CRC32C') return crcDigester(crc32c);
  const hash = createHash(algorithm.toLowerCase());
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

function crcDigester(next: (bytes: Uint8Array, value: number) => number): Digester {
  let value = 0;
  return {
    update: (bytes) => void (value = next(bytes, value)),
    digest: () => {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(value >>> 0);
      return digest;
    },
  };
}

/** The Castagnoli polynomial, reflected (RFC 3720, appendix B.4). */
const castagnoli = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

function crc32c(bytes: Uint8Array, before: number): number {
  let value = ~before;
  for (const byte of bytes) value = (castagnoli[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}

export function digestOf(algorithm: ChecksumAlgorithm | 'MD5', bytes: Uint8Array): Buffer {
  const digester = createDigester(algorithm);
  digester.update(bytes);
  return digester.digest();
}

/** The checksum of a completed upload from those of its parts (base64, in order), as S3 composes it. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): Checksum {
  const together = Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
  return {
    algorithm,
    value: `${digestOf(algorithm, together).toString('base64')}-${parts.length}`,
    type: 'COMPOSITE',
  };
}

/** The ETag of a completed upload from those of its parts (hex MD5, in order), without quotes. */
export const compositeEtag = (parts: readonly string[]): string =>
  `${digestOf('MD5', Buffer.concat(parts.map((part) => Buffer.from(part, 'hex')))).toString('hex')}-${parts.length}`;

/** `x-amz-checksum-crc32` and its like. */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** `ChecksumCRC32` and its like, as the XML has them. */
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

/** The algorithm of that name, in any case; undefined when it is not known here. */
export const algorithmNamed = (name: string): ChecksumAlgorithm | undefined =>
  checksumAlgorithms.find((algorithm) => algorithm === name.toUpperCase());

/** Whether the text is base64 of as many bytes as the algorithm yields. */
export function isDigest(algorithm: ChecksumAlgorithm | 'MD5', text: string): boolean {
  const bytes = { CRC32: 4, CRC32C: 4, SHA1: 20, SHA256: 32, MD5: 16 }[algorithm];
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text;
}
