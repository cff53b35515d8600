/**
 * Whether a Java KCL 3.x fleet works on the lease table in its own mode: then its leader hands out leases as it likes, and
 * no worker of ours may stand beside it. Pure; kcl3-fleet-watch.ts reads and acts. No clock is compared with another
 * machine's: a worker lives when its report was seen to move.
 */
import { FlotillaError } from '../../runtime/errors';

/** By worker id: when it last wrote its metrics (`lut`), as it stands in the row. */
export type Kcl3Reports = ReadonlyMap<string, string>;

/** What the rows of a 3.x fleet say at one moment. */
export interface Kcl3Sighting {
  /** `cv` of the row `Migration3.0`, and the table it lies in. Absent: no 3.x worker was here, or none in a known way. */
  readonly clientVersion?: { readonly cv: string; readonly tableName: string };
  /** Need not be read, and may be empty, unless `runsAlone(cv)`. */
  readonly reports: Kcl3Reports;
  /** Why a table could not be read: a missing permission. What lies in it counts as absent. */
  readonly unreadable?: FlotillaError;
}

export type Kcl3Verdict =
  /** No fleet, one that keeps to the protocol of 2.x, or rows that stopped workers left. */
  | { readonly kind: 'none' }
  /** It would run alone, and these workers have reported at some time: they may live. */
  | { readonly kind: 'suspected'; readonly workers: readonly string[] }
  | { readonly kind: 'live'; readonly error: FlotillaError };

/** In these client versions a 3.x fleet has left the protocol of 2.x; 2X, INIT and UPGRADE_FROM_2X keep to it. */
const ALONE = new Set(['CLIENT_VERSION_3X', 'CLIENT_VERSION_3X_WITH_ROLLBACK']);

export const runsAlone = (cv: string | undefined): boolean => cv !== undefined && ALONE.has(cv);

/** The most workers that the message names. */
const NAMES_MAX = 3;

/** `before`: the newest report that this process knows of each worker, before this sighting. */
export function judgeKcl3Fleet(before: Kcl3Reports, { clientVersion, reports }: Kcl3Sighting): Kcl3Verdict {
  if (clientVersion === undefined || !runsAlone(clientVersion.cv) || reports.size === 0) return { kind: 'none' };
  const live = [...reports].filter(([id, lut]) => before.has(id) && before.get(id) !== lut).map(([id]) => id);
  if (live.length === 0) return { kind: 'suspected', workers: [...reports.keys()] };
  const { cv, tableName } = clientVersion;
  const more = live.length > NAMES_MAX ? ` and ${live.length - NAMES_MAX} more` : '';
  const message =
    `a Java KCL 3.x fleet works on this application in its own mode (row Migration3.0 of table ${tableName} says ${cv}, ` +
    `and these workers report: ${live.slice(0, NAMES_MAX).join(', ')}${more}). It would not share with this worker. ` +
    'Stop the Java 3.x workers, or roll them back to CLIENT_VERSION_2X with the KCL migration tool ' +
    '(KclMigrationTool.py --mode rollback); then start this worker again';
  return { kind: 'live', error: new FlotillaError('FLOTILLA_KCL3_FLEET', message) };
}
