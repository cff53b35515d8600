/** The schemas that are fetched when the server starts, so that the first event that names one does not wait for it. */
import { schemaUri, type SchemaKey } from '../../protocol/schema-key';
import { inParallel } from '../../runtime/in-parallel';
import type { SchemaStore } from '../schema-store';
import type { UpstreamTelemetry } from './telemetry';

/** How many are asked for at once. */
const AT_ONCE = 8;

export interface Preload {
  readonly keys: readonly SchemaKey[];
  readonly store: SchemaStore;
  readonly telemetry: Pick<UpstreamTelemetry, 'preloaded'>;
  /** Begins no further one. */
  readonly signal: AbortSignal;
}

/** Looks each up once, as a request would, and says how it went. Throws as the store does. */
export async function preload({ keys, store, telemetry, signal }: Preload): Promise<void> {
  const missing: string[] = [];
  await inParallel(keys, AT_ONCE, async (key) => {
    if (signal.aborted) return;
    const { kind } = await store.find(key);
    if (kind !== 'found') missing.push(schemaUri(key));
  });
  if (keys.length > 0 && !signal.aborted) telemetry.preloaded(keys.length - missing.length, missing);
}
