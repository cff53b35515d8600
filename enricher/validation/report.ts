/** What a validator says of one fault, as bad rows carry it in `dataReports` (snowplow-protocol 5.3, 5.4). */
export interface ValidatorReport {
  /** The path, a colon, and the fault in words: templates of networknt's json-schema-validator, verbatim. */
  readonly message: string;
  /** Where in the instance: `$`, `$.a.b[0]`. */
  readonly path: string;
  readonly keyword: string;
  readonly targets: readonly string[];
}

/** The usual form, `{path}: {words}`. Some keywords point below the path in their message: `{path}.{name}: ...`. */
export const report = (
  keyword: string,
  path: string,
  words: string,
  targets: readonly string[],
  below = '',
): ValidatorReport => ({ message: `${path}${below}: ${words}`, path, keyword, targets });
