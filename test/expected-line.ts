/** The whole line of the output that an event of a tracker must become: every column, every key, in their order. */
import { columns } from '../protocol/enriched-columns';
import { PROGRAM_VERSION } from '../runtime/version';
import { TimeWithin, type TimeBounds } from './asymmetric-matchers';
import type { TrackedEvent } from './tracked-events';

export type Line = Readonly<Record<string, unknown>>;

/** What `line` must be equal to, keys in their order. The times of other clocks are held to bounds, the derived one exactly. */
export function expectedLine(sent: TrackedEvent, line: Line, bounds: TimeBounds): Line {
  const now = new TimeWithin(bounds);
  const set: Record<string, unknown> = {
    platform: 'srv',
    v_tracker: 'node-4.8.0',
    v_collector: `flotilla-${PROGRAM_VERSION}-kinesis`,
    v_etl: `flotilla-enricher-${PROGRAM_VERSION}`,
    user_ipaddress: '127.0.0.1',
    useragent: 'node',
    event_id: sent.eventId,
    etl_tstamp: now,
    collector_tstamp: now,
    dvce_sent_tstamp: now,
    dvce_created_tstamp: isoOrNull(sent.createdMs),
    true_tstamp: isoOrNull(sent.trueMs),
    derived_tstamp: isoOrNull(sent.trueMs ?? derivedMs(line, sent.createdMs as number)),
    ...sent.columns,
  };
  const atomic = columns.filter(({ type }) => type !== 'json').map(({ name }) => name);
  const unknown = Object.keys(set).filter((name) => !(atomic as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`no columns: ${unknown.join(', ')}`);
  return Object.fromEntries([
    ...atomic.map((name) => [name, set[name] ?? null]),
    ...Object.entries(sent.entities).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]) as Line;
}

/** snowplow-protocol 4.2: the collector's time less what lay between making and sending, when that is positive. */
function derivedMs(line: Line, createdMs: number): number {
  const collectorMs = Date.parse(line.collector_tstamp as string);
  const sentMs = Date.parse(line.dvce_sent_tstamp as string);
  return createdMs < sentMs ? collectorMs - (sentMs - createdMs) : collectorMs;
}

const isoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
