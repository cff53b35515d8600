/** Iglu schema keys: how every envelope, bad row and registry path names a schema (snowplow-protocol 5.1). */

/** `version` is MODEL-REVISION-ADDITION, as `1-0-0`. What parseSchemaKey returns is valid; other values are their maker's word. */
export interface SchemaKey {
  readonly vendor: string;
  readonly name: string;
  readonly format: string;
  readonly version: string;
}

/** The codes of iglu-core, as bad rows carry them. */
export type SchemaKeyFault = 'INVALID_IGLUURI' | 'INVALID_SCHEMAVER';

const uriPattern = /^iglu:([a-zA-Z0-9\-_.]+)\/([a-zA-Z0-9\-_]+)\/([a-zA-Z0-9\-_]+)\/([0-9]+-[0-9]+-[0-9]+)$/;
const versionPattern = /^[1-9][0-9]*(?:-(?:0|[1-9][0-9]*)){2}$/;

/** Three numbers that are no version (`0-1-0`, `1-0-01`) are INVALID_SCHEMAVER, whatever else is wrong INVALID_IGLUURI. */
export function parseSchemaKey(uri: string): SchemaKey | SchemaKeyFault {
  const parts = uriPattern.exec(uri);
  if (parts === null) return 'INVALID_IGLUURI';
  const [, vendor, name, format, version] = parts as unknown as [string, string, string, string, string];
  return versionPattern.test(version) ? { vendor, name, format, version } : 'INVALID_SCHEMAVER';
}

/** `iglu:vendor/name/format/version`. */
export function schemaUri(key: SchemaKey): string {
  return `iglu:${key.vendor}/${key.name}/${key.format}/${key.version}`;
}

/** The first number of a version: schemas of one model are compatible, and a table or column holds one model. */
export function modelOf(key: SchemaKey): string {
  return key.version.slice(0, key.version.indexOf('-'));
}

/**
 * `criterion` is a schema URI in which parts of the version may be `*`, as `iglu:com.acme/x/jsonschema/1-0-*`. One that has
 * another form matches nothing.
 */
export function matchesCriterion(key: SchemaKey, criterion: string): boolean {
  const wanted = criterion.slice(criterion.lastIndexOf('/') + 1).split('-');
  const version = key.version.split('-');
  return (
    criterion.startsWith(`iglu:${key.vendor}/${key.name}/${key.format}/`) &&
    criterion.split('/').length === 4 &&
    wanted.length === version.length &&
    wanted.every((part, i) => part === '*' || part === version[i])
  );
}
