/**
 * The recorded cases of Snowplow's enricher (oracle/README.md of the shared data): payloads, and what version 3.9.0 printed
 * for each under the configuration without enrichments.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };
export type PlainObject = { readonly [key: string]: Plain };

/** Columns that are set, as text; or the JSON of a bad row. */
export type Result = { readonly good: Readonly<Record<string, string>> } | { readonly bad: BadRowJson };

export type BadRowJson = {
  readonly schema: string;
  readonly data: { readonly failure: PlainObject; readonly payload: Plain } & PlainObject;
};

export interface Expected {
  readonly results: readonly Result[];
  /** Paths inside `results` that differ from run to run, as `[0].good.event_id`. */
  readonly volatile: readonly string[];
}

export interface EnrichCase {
  readonly id: string;
  readonly note: string;
  readonly record: Buffer;
  readonly expected: Expected;
  /** What the JSON Schema validator of newer versions says instead, where it says something else. */
  readonly expectedWithNewValidator?: Expected;
}

export function readEnrichCases(path: string): EnrichCase[] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const { id, note, payload, expect } = JSON.parse(line);
      const record = Buffer.from(payload, 'base64');
      const newValidator = expect['a-validator-1.0.76'];
      return {
        id,
        note,
        record,
        expected: withoutTsv(expect.a),
        expectedWithNewValidator: newValidator && withoutTsv(newValidator),
      };
    });
}

/** The TSV line says the same as the columns. */
function withoutTsv({ results, volatile }: Expected): Expected {
  return {
    results: results.map((result) => ('good' in result ? { good: result.good } : { bad: result.bad })),
    volatile,
  };
}
