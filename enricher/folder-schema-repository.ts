/** An embedded repository of a resolver file: a folder of this machine in the layout of a static Iglu repository. Reads only. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../runtime/errors';
import type { RepositoryAnswer, SchemaRepository } from './schema-repository';

/** `folder` holds VENDOR/NAME/FORMAT/VERSION, with or without a folder `schemas` around them. */
export function createFolderSchemaRepository(folder: string, bytesMax: number): SchemaRepository {
  return {
    async ask({ vendor, name, format, version }) {
      for (const base of [join(folder, 'schemas'), folder]) {
        const answer = await readSchema(join(base, vendor, name, format, version), bytesMax);
        if (answer.kind !== 'not-found') return answer;
      }
      return { kind: 'not-found', isUnsure: false };
    },
  };
}

async function readSchema(path: string, bytesMax: number): Promise<RepositoryAnswer> {
  try {
    const file = await stat(path);
    if (!file.isFile()) return { kind: 'not-found', isUnsure: false };
    if (file.size > bytesMax) return { kind: 'failure', message: `Schema is larger than ${bytesMax} bytes` };
    return { kind: 'found', text: await readFile(path, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG')
      return { kind: 'not-found', isUnsure: false };
    return { kind: 'unavailable', error: 'RepoFailure', message: messageOf(error) };
  }
}
