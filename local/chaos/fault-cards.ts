/**
 * What can go wrong in a chaos run: a deck of cards, each of which deals one fault, as hard as the dice say. Pure. Faults of
 * one lane come one after the other; the lanes run side by side, so that faults of different kinds meet.
 */
import type { Random } from '../../runtime/random';
import type { FaultRule } from '../faults/fault-rule';
import type { Latency } from '../faults/latency';

export type WireLane = 'kinesis' | 'dynamodb' | 's3';

/** Rules that are set in the emulators for a while. All of them together are one fault. */
export interface WireFault {
  readonly kind: string;
  readonly rules: readonly FaultRule[];
}

/** What happens to processes (strike-processes.ts). `stall`: SIGSTOP, and SIGCONT after `forMs`. */
export type ProcessFault =
  | {
      readonly kind: string;
      readonly act: 'kill' | 'restart' | 'kill-in-commit' | 'kill-all-late';
      readonly service: ServiceName;
    }
  | {
      readonly kind: string;
      readonly act: 'stall' | 'stall-in-write';
      readonly service: ServiceName;
      readonly forMs: number;
    }
  | { readonly kind: string; readonly act: 'reshard'; readonly shards: number };

export type ServiceName = 'emulators' | 'schema-server' | 'collector' | 'enricher';

/** A card makes a fault of its kind. */
export interface Card<F> {
  readonly kind: string;
  readonly deal: (random: Random) => F;
}

const between = (random: Random, min: number, max: number): number => min + random.next() * (max - min);
const seedOf = (random: Random): number => random.integer(2 ** 31);
/** The longest that a write comes late, ms. */
export const LATE_MS_MAX = 3_000;
/** The share of calls that is struck: some get through, or nothing would ever be half done. */
const rateOf = (random: Random): number => between(random, 0.15, 0.5);
const slowLatency = (random: Random): Latency => ({
  distribution: 'lognormal',
  medianMs: between(random, 30, 400),
  p99Ms: between(random, 1_000, 4_000),
});

/** The writes of each service: those whose lost answers and late comings matter. */
const writes: Record<WireLane, string[]> = {
  kinesis: ['PutRecords'],
  dynamodb: ['UpdateItem', 'PutItem'],
  s3: ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'],
};

/** The error of each service that means: try again. */
const passingError: Record<WireLane, { status: number; type: string }> = {
  kinesis: { status: 500, type: 'InternalFailure' },
  dynamodb: { status: 500, type: 'InternalServerError' },
  s3: { status: 503, type: 'SlowDown' },
};

/** What can happen to calls of any service. */
function commonCards(service: WireLane): Card<WireFault>[] {
  const card = (kind: string, rules: (random: Random) => FaultRule[]): Card<WireFault> => ({
    kind: `${service} ${kind}`,
    deal: (random) => ({ kind: `${service} ${kind}`, rules: rules(random) }),
  });
  const operations = writes[service];
  return [
    card('errors', (random) => [
      { kind: 'error', service, rate: rateOf(random), seed: seedOf(random), ...passingError[service] },
      { kind: 'error', service, operations, applied: true, rate: rateOf(random), seed: seedOf(random), ...passingError[service] }, // prettier-ignore
    ]),
    card('latency', (random) => [
      { kind: 'latency', service, on: 'request', latency: slowLatency(random), rate: 0.5, seed: seedOf(random) },
      { kind: 'latency', service, on: 'answer', latency: slowLatency(random), rate: 0.5, seed: seedOf(random) },
    ]),
    card('resets', (random) => [{ kind: 'reset', service, rate: rateOf(random), seed: seedOf(random) }]),
    card('lost answers', (random) => [
      { kind: 'lost-answer', service, operations, rate: rateOf(random), seed: seedOf(random) },
    ]),
    card('late writes', (random) => [
      { kind: 'late', service, operations, afterMs: between(random, 100, LATE_MS_MAX), rate: rateOf(random), seed: seedOf(random) }, // prettier-ignore
    ]),
    card('freeze', () => [{ kind: 'freeze', service }]),
  ];
}

export const wireCards: Record<WireLane, readonly Card<WireFault>[]> = {
  kinesis: [
    ...commonCards('kinesis'),
    {
      kind: 'kinesis shard limits',
      deal: (random) => ({
        kind: 'kinesis shard limits',
        rules: [
          {
            kind: 'shard-limits',
            service: 'kinesis',
            recordsPerSecond: between(random, 1, 4),
            readsPerSecond: between(random, 1, 2),
          },
        ],
      }),
    },
    {
      kind: 'kinesis partial puts',
      deal: (random) => ({
        kind: 'kinesis partial puts',
        rules: [{ kind: 'partial', service: 'kinesis', rate: rateOf(random), seed: seedOf(random) }],
      }),
    },
    {
      kind: 'kinesis expired iterators',
      deal: (random) => ({
        kind: 'kinesis expired iterators',
        rules: [
          {
            kind: 'error',
            service: 'kinesis',
            operations: ['GetRecords'],
            status: 400,
            type: 'ExpiredIteratorException',
            rate: rateOf(random),
            seed: seedOf(random),
          },
        ],
      }),
    },
  ],
  dynamodb: [
    ...commonCards('dynamodb'),
    {
      kind: 'dynamodb table units',
      deal: (random) => ({
        kind: 'dynamodb table units',
        rules: [
          {
            kind: 'table-units',
            service: 'dynamodb',
            readUnits: between(random, 2, 10),
            writeUnits: between(random, 2, 10),
          },
        ],
      }),
    },
    {
      // A failed condition is only met when answers are lost or others have written.
      kind: 'dynamodb failed conditions without item',
      deal: (random) => ({
        kind: 'dynamodb failed conditions without item',
        rules: [
          { kind: 'no-old-item', service: 'dynamodb' },
          { kind: 'lost-answer', service: 'dynamodb', operations: writes.dynamodb, rate: 0.4, seed: seedOf(random) },
        ],
      }),
    },
  ],
  s3: [
    ...commonCards('s3'),
    {
      kind: 's3 errors in a 200',
      deal: (random) => ({
        kind: 's3 errors in a 200',
        rules: [true, false].map((applied) => ({
          kind: 'error',
          service: 's3',
          operations: ['CompleteMultipartUpload'],
          status: 200,
          type: 'InternalError',
          applied,
          rate: rateOf(random),
          seed: seedOf(random),
        })),
      }),
    },
    {
      // A second Complete is only sent when the answer to the first was lost.
      kind: 's3 second completes answered',
      deal: (random) => ({
        kind: 's3 second completes answered',
        rules: [
          { kind: 'complete-again', service: 's3' },
          { kind: 'lost-answer', service: 's3', operations: ['CompleteMultipartUpload'], rate: 0.5, seed: seedOf(random) }, // prettier-ignore
        ],
      }),
    },
    {
      kind: 's3 damaged bodies',
      deal: (random) => ({
        kind: 's3 damaged bodies',
        rules: [{ kind: 'corrupt', service: 's3', rate: rateOf(random), seed: seedOf(random) }],
      }),
    },
  ],
};

export function processCards({ shards, leaseMs }: { shards: number; leaseMs: number }): readonly Card<ProcessFault>[] {
  const kill = (service: ServiceName): Card<ProcessFault> => ({
    kind: `kill ${service}`,
    deal: () => ({ kind: `kill ${service}`, act: 'kill', service }),
  });
  /** Past failover, until the next owner has committed some batches. */
  const stall = (kind: string, act: 'stall' | 'stall-in-write'): Card<ProcessFault> => ({
    kind,
    deal: (random) => ({ kind, act, service: 'enricher', forMs: leaseMs * between(random, 1.5, 4) }),
  });
  return [
    kill('enricher'),
    kill('collector'),
    kill('schema-server'),
    kill('emulators'),
    { kind: 'restart enricher', deal: () => ({ kind: 'restart enricher', act: 'restart', service: 'enricher' }) },
    {
      kind: 'kill enricher in a commit',
      deal: () => ({ kind: 'kill enricher in a commit', act: 'kill-in-commit', service: 'enricher' }),
    },
    {
      kind: 'kill all enrichers, their lease writes come late',
      deal: () => ({
        kind: 'kill all enrichers, their lease writes come late',
        act: 'kill-all-late',
        service: 'enricher',
      }),
    },
    stall('stall enricher', 'stall'),
    stall('stall enricher in a lease write', 'stall-in-write'),
    {
      kind: 'split or merge',
      deal: (random) => ({
        kind: 'split or merge',
        act: 'reshard',
        shards: Math.max(2, Math.round(shards * between(random, 0.6, 1.5))),
      }),
    },
  ];
}
