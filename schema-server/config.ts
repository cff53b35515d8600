/** The settings of the schema server. Section `schemaServer`. */
import { accessSync, constants, statSync } from 'node:fs';
import { bytes, durationMs, integer, list, port, text, type Settings } from '../runtime/config';
import { messageOf } from '../runtime/errors';

const schemaServerFields = {
  host: text({ default: '127.0.0.1', doc: 'The address that enrichers reach. There is no access control: keep it private.' }),
  port: port({ default: 8081, doc: 'The port that enrichers reach.' }),
  folders: list({
    default: [],
    doc: "Folders of your own schemas in the layout of a static Iglu repository, VENDOR/NAME/FORMAT/VERSION, with or without a folder schemas around it. Asked in this order, after the core schemas, which they never replace. Changed files are served at once; write a file under another name and rename it.",
  }),
  schemaBytesMax: bytes({ default: 1_048_576, min: 1_000, max: 16_777_216, doc: 'A larger file is not served.' }),
  cacheBytesMax: bytes({ default: 16_777_216, min: 0, doc: 'Schemas kept in memory, all together. A changed file is read again whatever is kept.' }),
  requestTimeoutMs: durationMs({ default: 10_000, min: 1_000, doc: 'How long a whole request may take to arrive.' }),
  idleTimeoutMs: durationMs({ default: 610_000, min: 1_000, doc: 'How long an idle connection is kept.' }),
  connectionsMax: integer({ default: 1_024, min: 1, doc: 'How many connections are open at once; further ones are closed.' }),
}; // prettier-ignore

export const schemaServerSections = { schemaServer: schemaServerFields };
export type SchemaServerSettings = Settings<typeof schemaServerSections>['schemaServer'];

/** A folder that is gone while the server runs makes every schema behind it wait (503); one that never was is told at start. */
export function checkSchemaServer({ schemaServer }: { readonly schemaServer: SchemaServerSettings }): string[] {
  return schemaServer.folders.flatMap((folder) => {
    const fault = folderFault(folder);
    return fault === null ? [] : [`FLOTILLA_SCHEMA_SERVER_FOLDERS has ${JSON.stringify(folder)}: ${fault}`];
  });
}

function folderFault(folder: string): string | null {
  try {
    if (!statSync(folder).isDirectory()) return 'it must be a folder';
    accessSync(folder, constants.R_OK | constants.X_OK);
    return null;
  } catch (error) {
    return `it must be a folder that can be read: ${messageOf(error)}`;
  }
}
