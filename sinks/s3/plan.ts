/**
 * The plan of a batch: every upload that its commit will complete, as one JSON object in the bucket; the lease row holds
 * only where it lies and its SHA-256. Pure. Whoever owns the shard next reads it, so its form outlives this process.
 */
import { createHash } from 'node:crypto';
import type { BatchRange, Position, ShardName, SinkState } from '../sink';
import type { UploadedPart } from './s3-store';

export interface PlannedFile {
  readonly key: string;
  readonly uploadId: string;
  /** Compressed, all parts together. */
  readonly bytes: number;
  readonly lines: number;
  readonly parts: readonly (UploadedPart & { readonly bytes: number })[];
}

export interface Plan extends ShardName, BatchRange {
  readonly version: 1;
  readonly application: string;
  /** Tells this batch's files from those of another attempt with the same names. */
  readonly batchId: string;
  readonly files: readonly PlannedFile[];
}

/** Limits of a multipart upload (S3 user guide, "Amazon S3 multipart upload limits"). */
const PART_BYTES_MIN = 5 * 1024 * 1024;
const PARTS_MAX = 10_000;
const FILE_BYTES_MAX = 5 * 1024 ** 4;

/** All that CompleteMultipartUpload could refuse, said before prepare makes the batch final. Empty when all is well. */
export function planFaults(plan: Plan): string[] {
  const faults: string[] = [];
  const keys = new Set(plan.files.map((file) => file.key));
  if (keys.size !== plan.files.length) faults.push('two files have the same key');
  for (const { key, uploadId, parts, bytes } of plan.files) {
    const fault = (what: string): number => faults.push(`${key}: ${what}`);
    if (uploadId === '') fault('no upload id');
    if (parts.length === 0) fault('no parts');
    if (parts.length > PARTS_MAX) fault(`${parts.length} parts, S3 takes ${PARTS_MAX}`);
    if (parts.some((part, index) => part.partNumber !== index + 1)) fault('part numbers are not 1, 2, 3 ...');
    if (parts.slice(0, -1).some((part) => part.bytes < PART_BYTES_MIN)) fault('a part before the last is below 5 MiB');
    if (parts.some((part) => part.etag === '' || part.crc32 === '' || part.bytes === 0)) fault('a part is incomplete');
    if (parts.reduce((sum, part) => sum + part.bytes, 0) !== bytes) fault('its parts do not add up to its size');
    if (bytes > FILE_BYTES_MAX) fault('more than 5 TiB');
  }
  return faults;
}

/** As it is written into the bucket: one line of JSON. */
export const encodePlan = (plan: Plan): Buffer => Buffer.from(`${JSON.stringify(plan)}\n`);

/** Hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What the lease row holds of a plan. */
export interface S3State {
  readonly plan: string;
  readonly sha256: string;
  readonly bucket: string;
  /** Empty for AWS itself. */
  readonly endpoint: string;
}

export const encodeState = ({ plan, sha256, bucket, endpoint }: S3State): SinkState => ({
  plan,
  sha256,
  bucket,
  endpoint,
});

/** Null when this version does not understand it. */
export function decodeState(state: SinkState): S3State | null {
  const { plan, sha256, bucket, endpoint } = state;
  if (plan === undefined || sha256 === undefined || bucket === undefined || endpoint === undefined) return null;
  return { plan, sha256, bucket, endpoint };
}

export type DecodedPlan = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly reason: string };

/**
 * The plan that a lease row points at, if these bytes are it: the hash says that no other worker wrote over it, the
 * shard and the position that the row belongs to it.
 */
export function decodePlan(bytes: Uint8Array, state: S3State, shard: ShardName, to: Position): DecodedPlan {
  const found = sha256(bytes);
  if (found !== state.sha256)
    return { ok: false, reason: `the SHA-256 of ${state.plan} is ${found}, the lease row says ${state.sha256}` };
  const plan = JSON.parse(Buffer.from(bytes).toString('utf8')) as Plan; // our own bytes: the hash says so
  if (plan.version !== 1)
    return { ok: false, reason: `${state.plan} has version ${JSON.stringify(plan.version)}, known is 1` };
  const belongs =
    plan.streamName === shard.streamName &&
    plan.shardId === shard.shardId &&
    plan.to.sequenceNumber === to.sequenceNumber &&
    plan.to.subSequenceNumber === to.subSequenceNumber;
  return belongs ? { ok: true, plan } : { ok: false, reason: `${state.plan} is of another shard or position` };
}
