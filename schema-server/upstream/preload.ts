/** The schemas that are fetched when the server starts, so that the first event that names one does not wait for it. */
import { parseSchemaKey, schemaUri, type SchemaKey } from '../../protocol/schema-key';
import { messageOf } from '../../runtime/errors';
import { inParallel } from '../../runtime/in-parallel';
import type { SchemaStore } from '../schema-store';
import type { UpstreamTelemetry } from './telemetry';

/** How many are asked for at once. */
const AT_ONCE = 8;

export interface PreloadList {
  /** Each once, in the order of the list. */
  readonly keys: readonly SchemaKey[];
  /** Each one line. */
  readonly faults: readonly string[];
}

/**
 * `items` are schema keys (`iglu:...`) or paths of files with one on each line; in a file, empty lines and lines that begin with #
 * say nothing.
 */
export function readPreloadList(items: readonly string[], readFile: (path: string) => string): PreloadList {
  const keys = new Map<string, SchemaKey>();
  const faults: string[] = [];
  const take = (uri: string, where: string): void => {
    const key = parseSchemaKey(uri);
    if (typeof key === 'string')
      faults.push(`${where} ${JSON.stringify(uri)}: it must be a schema key, like iglu:com.acme/checkout/jsonschema/1-0-0`); // prettier-ignore
    else keys.set(uri, key);
  };
  for (const item of items) {
    if (item.startsWith('iglu:')) {
      take(item, 'has');
      continue;
    }
    try {
      const lines = readFile(item).split(/\r?\n/);
      for (const [i, line] of lines.map((text) => text.trim()).entries())
        if (line !== '' && !line.startsWith('#')) take(line, `names ${item}, whose line ${i + 1} is`);
    } catch (error) {
      faults.push(
        `has ${JSON.stringify(item)}: it must be a schema key or a file that can be read: ${messageOf(error)}`,
      );
    }
  }
  return { keys: [...keys.values()], faults };
}

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
