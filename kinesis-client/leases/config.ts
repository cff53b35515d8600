/**
 * The settings of leases; `config.ts` of the client puts them beside those of reading. Java's name of a setting is in
 * brackets where there is one.
 */
import { durationMs, flag, integer, type Settings } from '../../runtime/config';
import type { Backoff } from '../../runtime/retry';

export const leaseFields = {
  leaseDurationMs: durationMs({
    default: 10_000,
    min: 500,
    max: 600_000,
    doc: 'A lease whose counter stands still for this long may be taken by another worker (failoverTimeMillis). It is renewed three times in that time; its holder stops a twentieth earlier.',
  }),
  lookIntervalMs: durationMs({
    default: 1_000,
    min: 100,
    max: 600_000,
    doc: 'How often a worker looks at the lease table for leases to take. A big fleet looks less often: see scanUnitsPerSecondMax.',
  }),
  scanUnitsPerSecondMax: integer({
    default: 200,
    min: 1,
    doc: 'The most read units a second that the looks of all workers together may cost; beyond it each looks less often.',
  }),
  leasesMax: integer({
    default: 2_147_483_647,
    min: 1,
    max: 2_147_483_647,
    doc: 'The most leases that one worker holds (maxLeasesForWorker).',
  }),
  stealMax: integer({
    default: 100,
    min: 1,
    doc: 'The most leases that one look takes from live workers to even out the load (maxLeasesToStealAtOneTime).',
  }),
  takeVeryOld: flag({
    default: true,
    doc: 'Whether a lease that was seen free or silent for three lease durations is taken by a worker that has its share already (enablePriorityLeaseAssignment).',
  }),
  handOffTimeoutMs: durationMs({
    default: 30_000,
    min: 1_000,
    max: 600_000,
    doc: 'How long a worker that is asked to hand a lease over may take for its running batch and shutdownRequested (gracefulLeaseHandoffTimeoutMillis); then it lets go all the same. Whoever asked takes the lease by himself a lease duration later.',
  }),
  handOffPollMs: durationMs({
    default: 1_000,
    min: 50,
    max: 60_000,
    doc: 'How often a worker that asked for a lease looks whether it has been handed over.',
  }),
  leaseWritesParallel: integer({
    default: 50,
    min: 1,
    max: 1_000,
    doc: 'How many renewals, and how many takes, are under way at a time (maxLeaseRenewalThreads).',
  }),
  leaseRetryMaxMs: durationMs({
    default: 1_000,
    min: 10,
    max: 60_000,
    doc: 'The longest pause before a lease write without a known fate is repeated. It is repeated as long as the lease lasts.',
  }),
  auditIntervalMs: durationMs({
    default: 60_000,
    min: 100,
    doc: 'How often the leases are checked for hash ranges that nobody reads (leasesRecoveryAuditorExecutionFrequencyMillis). The shards are listed when the same gap was found three times.',
  }),
  leaseCleanupIntervalMs: durationMs({
    default: 60_000,
    min: 100,
    doc: 'How often rows of ended shards that nobody needs any more are deleted.',
  }),
  emptyTableWaitMaxMs: durationMs({
    default: 1_000,
    min: 0,
    max: 60_000,
    doc: 'A worker that finds an empty lease table which it did not make waits up to this long, by chance, before it lists the shards.',
  }),
  firstShareWaitMs: durationMs({
    default: 1_000,
    min: 0,
    max: 60_000,
    doc: 'A worker that holds nothing takes one lease, and the rest of its share this much later, so that workers that start at the same time see each other first.',
  }),
  tableReadyTimeoutMs: durationMs({
    default: 600_000,
    min: 1_000,
    doc: 'How long a lease table that is being made may take to become usable.',
  }),
  tableReadyPollMs: durationMs({
    default: 1_000,
    min: 10,
    max: 60_000,
    doc: 'How often a lease table that is being made is asked for its state.',
  }),
  startAttemptsMax: integer({
    default: 20,
    min: 1,
    doc: 'How often a worker tries to start while DynamoDB or Kinesis do not answer (maxInitializationAttempts).',
  }),
  startRetryMaxMs: durationMs({
    default: 5_000,
    min: 10,
    max: 60_000,
    doc: 'The longest pause between two tries to start; the first is a fifth of it.',
  }),
  kcl3CheckIntervalMs: durationMs({
    default: 60_000,
    min: 1_000,
    max: 600_000,
    doc: 'How often a running worker looks whether a Java 3.x fleet has gone into its own mode on this application.',
  }),
  kcl3WatchMs: durationMs({
    default: 65_000,
    min: 0,
    max: 600_000,
    doc: 'A worker that finds the rows of Java 3.x workers in their own mode watches them this long before it takes those workers for stopped. Living ones write every 30 s.',
  }),
  kcl3WatchPollMs: durationMs({
    default: 5_000,
    min: 100,
    max: 60_000,
    doc: 'How often it reads those rows meanwhile.',
  }),
};

export type LeaseSettings = Settings<{ kinesisClient: typeof leaseFields }>['kinesisClient'];

/** Between two tries to start. */
export const startBackoff = ({ startRetryMaxMs }: LeaseSettings): Backoff => ({
  minMs: startRetryMaxMs / 5,
  maxMs: startRetryMaxMs,
});

/** A holder lets go this part of the duration before others may take: for slow timers and clocks that drift. */
const MARGIN = 1 / 20;
const RENEWALS_PER_DURATION = 3;
/** A renewal that hangs is sent again early enough for three tries. */
const ANSWERS_PER_DURATION = 5;

/** How long a lease may be trusted after the moment before its last successful write was sent. */
export const trustedMs = (leaseDurationMs: number): number => leaseDurationMs * (1 - MARGIN);

/** How long after one renewal the next is due. */
export const renewIntervalMs = (leaseDurationMs: number): number => leaseDurationMs / RENEWALS_PER_DURATION;

/** How long the answer to one lease write is waited for. */
export const answerTimeoutMs = (leaseDurationMs: number): number => leaseDurationMs / ANSWERS_PER_DURATION;
