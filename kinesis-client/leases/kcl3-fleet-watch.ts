/**
 * Looks for a Java KCL 3.x fleet in its own mode, at start and then now and again. The worker refuses to start, or ends,
 * when it finds one. A shell around kcl3-fleet.ts: it never writes to a row.
 */
import type { Clock } from '../../runtime/clock';
import { isRetryable } from '../../runtime/errors';
import { withRetries, type Retries } from '../../runtime/retry';
import type { LeaseSettings } from './config';
import { judgeKcl3Fleet, type Kcl3Reports, type Kcl3Sighting, type Kcl3Verdict } from './kcl3-fleet';
import type { LeaseTelemetry } from './telemetry';

/** The rows of a 3.x fleet, wherever its version keeps them. */
export interface Kcl3Rows {
  /** One reading, eventually consistent. Throws FlotillaError, retryable or fatal. */
  read(): Promise<Kcl3Sighting>;
}

export interface Kcl3FleetWatchDeps {
  readonly rows: Kcl3Rows;
  readonly settings: Pick<LeaseSettings, 'kcl3CheckIntervalMs' | 'kcl3WatchMs' | 'kcl3WatchPollMs'>;
  readonly clock: Clock;
  readonly telemetry: Pick<LeaseTelemetry, 'kcl3FleetSuspected' | 'kcl3RowsUnreadable' | 'taskFailed'>;
}

export class Kcl3FleetWatch {
  private reports: Kcl3Reports = new Map();
  private saidUnreadable = false;

  constructor(private readonly deps: Kcl3FleetWatchDeps) {}

  /**
   * Resolves at once as long as there is no sign of such a fleet; with one, when its workers were seen to be silent for
   * longer than living ones are, or when the signal of `retries` aborts.
   * @throws FlotillaError FLOTILLA_KCL3_FLEET when one of them lives; whatever the rows could not be read for.
   */
  async start(retries: Retries): Promise<void> {
    const { settings, clock, telemetry } = this.deps;
    const { signal } = retries;
    const look = (): Promise<Kcl3Verdict> => withRetries(() => this.look(), retries);
    let verdict = await look();
    if (verdict.kind === 'suspected') telemetry.kcl3FleetSuspected(verdict.workers, settings.kcl3WatchMs);
    const untilMs = clock.monotonicMs() + settings.kcl3WatchMs;
    while (verdict.kind === 'suspected' && clock.monotonicMs() < untilMs && signal?.aborted !== true) {
      await clock.sleep(settings.kcl3WatchPollMs, signal);
      verdict = await look();
    }
    if (verdict.kind === 'live') throw verdict.error;
  }

  /** Goes on until aborted. Throws as `start`; what may heal waits for the next look. */
  async run(signal: AbortSignal): Promise<void> {
    const { settings, clock, telemetry } = this.deps;
    while (!signal.aborted) {
      await clock.sleep(settings.kcl3CheckIntervalMs, signal);
      if (signal.aborted) return;
      const verdict = await this.look().catch((error: unknown) => {
        if (!isRetryable(error)) throw error;
        telemetry.taskFailed('kcl3', error);
      });
      if (verdict?.kind === 'live') throw verdict.error;
    }
  }

  private async look(): Promise<Kcl3Verdict> {
    const { rows, telemetry } = this.deps;
    const sighting = await rows.read();
    if (sighting.unreadable !== undefined && !this.saidUnreadable) {
      this.saidUnreadable = true;
      telemetry.kcl3RowsUnreadable(sighting.unreadable);
    }
    const verdict = judgeKcl3Fleet(this.reports, sighting);
    this.reports = sighting.reports;
    return verdict;
  }
}
