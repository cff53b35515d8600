/** The look at all folders when the schema server starts. It tells of faults, and never keeps the server from starting. */
import type { SchemaStore } from './schema-store';
import { SchemaFolder } from './schema-folder';
import type { SchemaServerTelemetry } from './telemetry';

export interface Inspection {
  readonly folders: readonly string[];
  /** The store over these folders; it tells of every file that it cannot use. */
  readonly store: SchemaStore;
  readonly telemetry: Pick<SchemaServerTelemetry, 'folderHas'>;
  /** Ends it after the file at hand. */
  readonly signal: AbortSignal;
}

/**
 * Looks at every schema once, so that a mistake in a folder is told when the server starts and not when the first event needs
 * the schema. Throws as the store does.
 */
export async function inspectSchemas({ folders, store, telemetry, signal }: Inspection): Promise<void> {
  for (const path of folders) {
    const keys = await new SchemaFolder(path).list({});
    telemetry.folderHas(path, keys.length);
    for (const key of keys) {
      if (signal.aborted) return;
      await store.find(key);
    }
  }
}
