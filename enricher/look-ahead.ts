/**
 * Asks for the schemas of the records that come next as soon as one is missing, so that a thousand new names cost a thousand
 * requests side by side, not one after the other. Nobody waits for it: a record whose schema does not come waits by itself.
 */
import { schemaUri, type SchemaKey } from '../protocol/schema-key';
import { enrichRecord, type Known } from './enrich';
import type { SchemaClient } from './schema-client';

/** So many records are looked at in one go: some milliseconds of work. */
const recordsAhead = 200;

export class LookAhead {
  /** Records before this one were looked at. */
  private until = 0;

  /** `records`: all that were handed out together. */
  constructor(
    private readonly records: readonly { readonly bytes: Uint8Array }[],
    private readonly known: Known,
    private readonly schemas: SchemaClient,
  ) {}

  /** The schemas of record `index` are missing. Each record is looked at once, however many miss theirs. */
  missedAt(index: number): void {
    if (index < this.until) return;
    this.until = index + 1 + recordsAhead;
    const keys = new Map<string, SchemaKey>();
    for (const { bytes } of this.records.slice(index + 1, this.until)) {
      const enrichment = enrichRecord(bytes, this.known);
      if (enrichment.kind === 'needs-schemas') for (const key of enrichment.keys) keys.set(schemaUri(key), key);
    }
    // A failure is met again by the record that needs the schema.
    if (keys.size > 0) void this.schemas.fetch([...keys.values()]).catch(() => undefined);
  }
}
