/**
 * Keys of what the sink writes. Pure. The folders are what Hive, Athena, DuckDB and Spark read as columns; names have
 * only letters, digits and - . _ = so that no reader takes one for a pattern. Nothing in a name is a clock of ours.
 */
import type { ShardName } from '../sink';

/** Where a line belongs: its folder under the prefix. */
export interface Partition {
  /** `enriched`, or `bad/type=TYPE`. */
  readonly table: string;
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  /** `HH`, UTC. */
  readonly hour: string;
}

export interface FileOf extends ShardName {
  /** Sequence numbers of the first and the last Kinesis record of the batch. */
  readonly first: string;
  readonly last: string;
}

/** `enriched/date=2026-01-31/hour=05`. */
export const partitionPath = ({ table, date, hour }: Partition): string => `${table}/date=${date}/hour=${hour}`;

/** `enriched/date=2026-01-31/hour=05/raw-shardId-000000000000-495...-496...-0.jsonl.gz`; n counts the batch's files. */
export function fileName(partition: Partition, { streamName, shardId, first, last }: FileOf, n: number): string {
  return checked(`${partitionPath(partition)}/${streamName}-${shardId}-${first}-${last}-${n}.jsonl.gz`);
}

/**
 * `_commits/enricher/raw/shardId-000000000000/495...-496....json`. The suffix keeps two plans of the same records apart
 * (a worker that stalled before its prepare, and the next owner).
 */
export function planName(application: string, { streamName, shardId, first, last }: FileOf, suffix = ''): string {
  const tail = suffix === '' ? '' : `-${suffix}`;
  return checked(`_commits/${application}/${streamName}/${shardId}/${first}-${last}${tail}.json`);
}

/** The file that a start creates to try out its permissions. It never changes. */
export const probeName = (application: string): string => checked(`_commits/${application}/probe.json`);

function checked(key: string): string {
  if (!/^[A-Za-z0-9._=/-]+$/.test(key))
    throw new Error(`a key must have only letters, digits and - . _ = /, not ${key}`);
  return key;
}
