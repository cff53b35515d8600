/** A list of schema keys as a person gives it in a setting: keys, or files of them. Pure: the text comes from whoever reads the files. */
import { messageOf } from '../runtime/errors';
import { parseSchemaKey, type SchemaKey } from './schema-key';

export interface SchemaKeyList {
  /** Each once, in the order of the list. */
  readonly keys: readonly SchemaKey[];
  /** Each one line. */
  readonly faults: readonly string[];
}

/**
 * `items` are schema keys (`iglu:...`) or paths of files with one on each line; in a file, empty lines and lines that begin with #
 * say nothing.
 */
export function readSchemaKeyList(items: readonly string[], readFile: (path: string) => string): SchemaKeyList {
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
