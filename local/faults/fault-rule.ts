/**
 * What may go wrong with calls of the emulators, as a test asks for it: which calls, how often, and what happens to them.
 * Values only; `faults.ts` decides which calls are struck.
 */
import { z } from 'zod';
import type { Call } from '../gate';
import { latencySchema, WAIT_MS_MAX } from './latency';

/** Which calls: each part that is left out matches all. */
const place = {
  service: z.enum(['kinesis', 'dynamodb', 's3']),
  /** Names of the service's API: PutRecords, UpdateItem, ... */
  operations: z.array(z.string().min(1)).min(1).optional(),
  /** The call's resource contains this text: `stream/shard`, `table/key`, `bucket/key`. */
  resource: z.string().optional(),
  /** Its parameters do (JSON text; for S3 the query string). */
  detail: z.string().optional(),
  /** How many matching calls pass first. */
  skip: z.number().int().min(0).default(0),
  /** How many are struck at most. */
  times: z.number().int().min(1).optional(),
  /** The share of matching calls that is struck, by the dice. */
  rate: z.number().min(0).max(1).default(1),
  /** Of the dice: the same calls in the same order meet the same luck. */
  seed: z.number().int().min(0).default(1),
};

const kinesisOnly = { ...place, service: z.literal('kinesis') };
const dynamodbOnly = { ...place, service: z.literal('dynamodb') };
const s3Only = { ...place, service: z.literal('s3') };
const waitMs = z.number().min(0).max(WAIT_MS_MAX);

export const faultRuleSchema = z.discriminatedUnion('kind', [
  /**
   * Answered with an error of the service: `type` is its `__type`, or S3's code. A status of 200 is S3's way to fail a long
   * Complete: the error is in the body. `applied`: the call was carried out all the same.
   */
  z.strictObject({
    kind: z.literal('error'),
    ...place,
    status: z.number().int().min(200).max(599),
    type: z.string().min(1),
    message: z.string().default('an injected fault'),
    applied: z.boolean().default(false),
  }),
  /** Slow on the way to the service, or (`on: 'answer'`) after the call was applied. */
  z.strictObject({
    kind: z.literal('latency'),
    ...place,
    latency: latencySchema,
    on: z.enum(['request', 'answer']).default('request'),
  }),
  /** The connection is reset and the call not applied. */
  z.strictObject({ kind: z.literal('reset'), ...place }),
  /** The call is applied, then the connection is reset. */
  z.strictObject({ kind: z.literal('lost-answer'), ...place }),
  /** The connection is reset at once and the call applied so much later: after what the client sends next. */
  z.strictObject({ kind: z.literal('late'), ...place, afterMs: waitMs }),
  /** Nothing moves until the rule is removed; then all is applied, also what nobody waits for any more. */
  z.strictObject({ kind: z.literal('freeze'), ...place }),
  /** Some records of a PutRecords fail and the others are stored: `rate` is the share of records. */
  z.strictObject({
    kind: z.literal('partial'),
    ...kinesisOnly,
    type: z.enum(['ProvisionedThroughputExceededException', 'InternalFailure']).default('InternalFailure'),
  }),
  /** A shard's limits (Kinesis Data Streams quotas), on every shard that matches. The service's own when left out. */
  z.strictObject({
    kind: z.literal('shard-limits'),
    ...kinesisOnly,
    recordsPerSecond: z.number().positive().default(1_000),
    writeBytesPerSecond: z
      .number()
      .positive()
      .default(1024 * 1024),
    readsPerSecond: z.number().positive().default(5),
    readBytesPerSecond: z
      .number()
      .positive()
      .default(2 * 1024 * 1024),
  }),
  /** A table's provisioned units, on every table that matches. */
  z.strictObject({
    kind: z.literal('table-units'),
    ...dynamodbOnly,
    readUnits: z.number().positive(),
    writeUnits: z.number().positive(),
  }),
  /** A failed condition comes without the item, also where the caller asked for it. */
  z.strictObject({ kind: z.literal('no-old-item'), ...dynamodbOnly }),
  /** A second Complete of an upload is answered as the first; without the rule with NoSuchUpload. S3 does both. */
  z.strictObject({ kind: z.literal('complete-again'), ...s3Only }),
  /** One bit of a body is turned on its way; what then comes of it is for the checksums to say. */
  z.strictObject({ kind: z.literal('corrupt'), ...s3Only }),
]);

/** As it is asked for. */
export type FaultRule = z.input<typeof faultRuleSchema>;
/** With every default filled in. */
export type KnownFaultRule = z.output<typeof faultRuleSchema>;
export type FaultKind = FaultRule['kind'];
export type RuleOf<K extends FaultKind> = Extract<KnownFaultRule, { kind: K }>;

export function strikesCall(rule: KnownFaultRule, call: Call): boolean {
  return (
    rule.service === call.service &&
    (rule.operations?.includes(call.operation) ?? true) &&
    call.resource.includes(rule.resource ?? '') &&
    (call.detail ?? '').includes(rule.detail ?? '')
  );
}
