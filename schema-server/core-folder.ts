/** Finds the schemas that come with the program, from the sources as from the build. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where the schemas that come with the program lie. They are data and are not compiled: a build in `dist/schema-server`
 * serves those of the source tree around it. `from` is the folder of the running code. Throws when there are none.
 */
export function coreSchemasFolder(from: string = __dirname): string {
  const places = [join(from, 'schemas'), join(from, '..', '..', 'schema-server', 'schemas')];
  const folder = places.find((place) => existsSync(place));
  if (folder === undefined) throw new Error(`the core schemas are missing: looked in ${places.join(' and ')}`);
  return folder;
}
