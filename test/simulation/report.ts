/** What a simulated run gives to whoever asked for it. */
import type { ReportedViolation } from './chronicle';
import type { Storm } from './storm';

export interface Report {
  readonly seed: number;
  /** The first violation; or all that was unfinished when the calm was over. Empty: all held. */
  readonly violations: readonly ReportedViolation[];
  /** How often each thing happened: a run in which nothing happened shows here. */
  readonly counts: Readonly<Record<string, number>>;
  /** Lines of the chronicle. */
  readonly events: number;
  readonly virtualMs: number;
  /** SHA-256 of the chronicle: two runs of the same hash were the same. */
  readonly hash: string;
}

export function reportOf(storm: Storm, seed: number): Report {
  const { chronicle, clock } = storm;
  const atMs = clock.monotonicMs();
  const left = storm.unfinished().map((one) => ({ ...one, atMs, lines: [] }));
  return {
    seed,
    violations: chronicle.violation === null ? left : [chronicle.violation],
    counts: Object.fromEntries([...chronicle.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    events: chronicle.events,
    virtualMs: atMs,
    hash: chronicle.digest(),
  };
}
