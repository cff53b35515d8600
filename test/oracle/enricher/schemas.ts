/** The schemas that the oracle's enricher knew: two registries on disk and an embedded one that has none of these. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonOf } from '../../../protocol/json';
import { schemaUri, type SchemaKey } from '../../../protocol/schema-key';
import { type KnownSchemas, type SchemaState } from '../../../enricher/schema-client';
import { compileSchema } from '../../../enricher/validate';

const lastAttempt = '2023-11-14T22:15:00.456Z';

/** `registries` maps a registry's name to its folder. Everything is known: nothing has to be fetched. */
export function createOracleSchemas(registries: Readonly<Record<string, string>>): KnownSchemas {
  const states = new Map<string, SchemaState>();
  const unresolved = (failures: Readonly<Record<string, object>>): SchemaState => ({
    kind: 'unresolved',
    lookupHistory: jsonOf(
      [...Object.keys(registries), 'Iglu Client Embedded'].sort().map((repository) => {
        const errors = [failures[repository] ?? { error: 'NotFound' }];
        return { repository, errors, attempts: 1, lastAttempt };
      }),
    ),
  });
  const load = (key: SchemaKey): SchemaState => {
    for (const [registry, folder] of Object.entries(registries)) {
      const file = join(folder, key.vendor, key.name, key.format, key.version);
      if (/^\.+$/.test(key.vendor) || !existsSync(file)) continue;
      const compiled = compileSchema(readFileSync(file, 'utf8'), key);
      if (compiled.kind === 'unreadable') {
        return unresolved({ [registry]: { error: 'ClientFailure', message: compiled.message } });
      }
      if (compiled.kind === 'invalid' || compiled.supersededBy === undefined) return compiled;
      const { supersededBy } = compiled;
      const superseding = get(supersededBy);
      return superseding.kind === 'schema' ? { ...superseding, supersededBy } : superseding;
    }
    return unresolved({});
  };
  const get = (key: SchemaKey): SchemaState => {
    const uri = schemaUri(key);
    const state = states.get(uri) ?? load(key);
    states.set(uri, state);
    return state;
  };
  return { get };
}
