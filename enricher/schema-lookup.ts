/**
 * What is known of schemas while one record is decided, and which keys were missing. A pass goes on over a missing schema
 * as if the data were valid, so that it sees as many missing keys as it can; its outcomes are then thrown away.
 */
import { schemaUri, type SchemaKey } from '../protocol/schema-key';
import { type KnownSchemas, type SchemaState } from './schema-client';

export class SchemaLookup {
  private readonly missing = new Map<string, SchemaKey>();

  constructor(private readonly known: KnownSchemas) {}

  /** Undefined: not fetched yet, and remembered as missing. */
  get(key: SchemaKey): SchemaState | undefined {
    const state = this.known.get(key);
    if (state === undefined) this.missing.set(schemaUri(key), key);
    return state;
  }

  /** Each key once, in the order in which they were asked for. */
  get missingKeys(): readonly SchemaKey[] {
    return [...this.missing.values()];
  }

  get isComplete(): boolean {
    return this.missing.size === 0;
  }
}
