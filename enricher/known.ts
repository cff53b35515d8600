/** What the decision about a record is made with, besides the record (enrich.ts). */
import { type Processor } from '../protocol/bad-row';
import { type Random } from '../runtime/random';
import { type KnownSchemas } from './schema-client';

export interface Known {
  readonly schemas: KnownSchemas;
  /** The processing time: etl_tstamp, and the time of bad rows. */
  readonly etlTimestampMs: number;
  readonly processor: Processor;
  /** Makes the ids of events that have none. */
  readonly random: Random;
  /** Bytes of an event's TSV and of a bad row at most; larger ones become a size_violation. Default 1,000,000. */
  readonly recordBytesMax?: number;
}
