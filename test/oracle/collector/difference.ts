/**
 * What a difference between our collector and Snowplow's 2.10.0 is, and the parts that differences (differences.ts) are
 * made of.
 */
import type { CollectorPayload } from '../../../protocol/collector-payload';
import { caseRequest, type BadRowJson, type OracleCase } from './cases';
import { headerLines } from '../../../collector/request';

export interface Seen {
  status: number;
  headers: Record<string, string>;
  body: string;
  records: { stream: string; partitionKey: string; payload?: CollectorPayload; bad?: BadRowJson }[];
}

export interface Difference {
  readonly name: string;
  /** Leaves alone what the difference is not about. */
  change(theirs: Seen, one: OracleCase, ours: Seen): Seen;
}

type PayloadChange = (theirs: CollectorPayload, ours: CollectorPayload, one: OracleCase) => Partial<CollectorPayload>;

/** Changes the payload of every record that both wrote. */
export const payloads =
  (change: PayloadChange) =>
  (theirs: Seen, one: OracleCase, ours: Seen): Seen => ({
    ...theirs,
    records: theirs.records.map((record, i) => {
      const mine = ours.records[i]?.payload;
      const { payload } = record;
      return payload && mine ? { ...record, payload: { ...payload, ...change(payload, mine, one) } } : record;
    }),
  });

/** Changes the header lines of every record that both wrote. */
export const lines = (
  change: (theirs: readonly string[], ours: readonly string[], one: OracleCase) => readonly string[],
) => payloads((theirs, ours, one) => ({ headers: change(theirs.headers ?? [], ours.headers ?? [], one) }));

export const badRows =
  (change: (data: BadRowJson['data'], ours: BadRowJson['data']) => Partial<BadRowJson['data']>) =>
  (theirs: Seen, _: OracleCase, ours: Seen): Seen => ({
    ...theirs,
    records: theirs.records.map((record, i) => {
      const mine = ours.records[i]?.bad;
      const { bad } = record;
      return bad && mine
        ? { ...record, bad: { ...bad, data: { ...bad.data, ...change(bad.data, mine.data) } } }
        : record;
    }),
  });

/** Changes a header of the answer, where there is one. */
export const replyHeader =
  (name: string, change: (theirs: string, one: OracleCase, ours: string | undefined) => string) =>
  (theirs: Seen, one: OracleCase, ours: Seen): Seen => {
    const value = theirs.headers[name];
    return value === undefined
      ? theirs
      : { ...theirs, headers: { ...theirs.headers, [name]: change(value, one, ours.headers[name]) } };
  };

export const replaceBody =
  (theirText: string, ourText: string) =>
  (theirs: Seen): Seen =>
    theirs.body === base64(theirText) ? { ...theirs, body: base64(ourText) } : theirs;

export const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
export const sent = (one: OracleCase, name: string): string | undefined =>
  headerLines(caseRequest(one).headers, name)[0];
export const path = (one: OracleCase): string => one.request.target.split('?')[0] ?? '';
export const lineName = (line: string): string => line.slice(0, Math.max(0, line.indexOf(':'))).toLowerCase();

export const CORS_ALL = { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' };
export const NO_CACHE = { 'cache-control': 'no-cache, no-store, must-revalidate' };
export const TEXT = { 'content-type': 'text/plain; charset=UTF-8' };
