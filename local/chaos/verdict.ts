/** What a chaos run comes to: the checks, and the sentence for a person. Pure. */
import { atLeast, atMost, figure, type Check } from '../../runtime/check';
import type { Comparison } from './compare-events';
import type { FleetFacts } from './fleet';

export interface ChaosFindings {
  readonly comparison: Comparison;
  readonly accepted: number;
  /** How often each kind of fault met something; all kinds of the run. */
  readonly felt: ReadonlyMap<string, number>;
  readonly facts: FleetFacts;
  /** Files that changed, vanished or were not whole. */
  readonly fileFaults: readonly string[];
  /** Processes that did not stop well at the end. */
  readonly stopFaults: readonly string[];
  /** Lease rows that still have a pending checkpoint. */
  readonly pending: readonly string[];
  readonly files: number;
  readonly crashes: number;
  readonly failedRequests: number;
}

/** A run that met less has shown nothing. */
const FELT_MIN = 3;
const RECOVERIES_MIN = 5;
const FENCED_WRITES_MIN = 3;
/** So many kinds are named in one line. */
const NAMED_MAX = 6;

export function chaosChecks({ comparison, felt, facts, ...found }: ChaosFindings): Check[] {
  return [
    figure('events accepted', found.accepted, ''),
    figure('user records in the stream', comparison.records, ''),
    figure('lines in S3', comparison.lines, ''),
    atMost(0, 'accepted, not in the stream', comparison.notInStream.length, 'events'),
    atMost(0, 'in the stream, not in S3', comparison.notInOutput.length, 'events'),
    atMost(0, 'more often in S3 than in the stream', comparison.doubled.length, 'events'),
    atMost(0, 'files that changed, vanished or were not whole', found.fileFaults.length, 'files'),
    atMost(0, 'shards that stood still for a person', facts.stoppedShards, ''),
    atMost(0, 'commits left pending', found.pending.length, ''),
    atMost(0, 'processes that did not stop in order', found.stopFaults.length, ''),
    atLeast(FELT_MIN, 'times that the rarest fault struck', Math.min(...felt.values()), ''),
    atLeast(RECOVERIES_MIN, 'pending commits finished by a later owner', facts.recoveries, ''),
    atLeast(FENCED_WRITES_MIN, 'writes refused to former owners', facts.fencedWrites, ''),
    figure(
      'faults that struck',
      [...felt.values()].reduce((a, b) => a + b, 0),
      '',
    ),
    figure('put into the stream again after a lost answer', comparison.putAgain, 'events'),
    figure('requests of trackers that failed', found.failedRequests, ''),
    figure('files in S3', found.files, ''),
    figure('processes that ended by themselves', found.crashes, ''),
  ];
}

const inconclusive = new Set([
  'times that the rarest fault struck',
  'pending commits finished by a later owner',
  'writes refused to former owners',
]);

/** The last line for a person. */
export function verdict(checks: readonly Check[], felt: ReadonlyMap<string, number>): string {
  const broken = checks.filter(({ holds, name }) => !holds && !inconclusive.has(name));
  if (broken.length > 0) return `BROKEN: ${broken.map(({ name, value }) => `${name}: ${value}`).join('; ')}`;
  const missing = checks.filter(({ holds }) => !holds);
  if (missing.length === 0)
    return 'HOLDS: every user record of the stream is in S3 exactly once, and nothing that was accepted is missing';
  const rare = [...felt].filter(([, times]) => times < FELT_MIN).map(([kind, times]) => `${kind} ${times}`);
  const reasons = [
    ...(rare.length > 0 ? [`struck fewer than ${FELT_MIN} times: ${someOf(rare)}`] : []),
    ...missing.slice(rare.length > 0 ? 1 : 0).map(({ name, value }) => `${name}: ${value}`),
  ];
  return `INCONCLUSIVE: nothing is lost or doubled, but too little happened (${reasons.join('; ')}); let it run longer`;
}

const someOf = (names: readonly string[]): string =>
  names.length <= NAMED_MAX ? names.join(', ') : `${names.slice(0, NAMED_MAX).join(', ')} and ${names.length - NAMED_MAX} kinds more`; // prettier-ignore
