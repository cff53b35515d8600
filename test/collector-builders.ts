/** Requests and rules for tests of the collector's decisions: the defaults, and what a test says otherwise. */
import { collectorFields, rulesOf, type CollectorSettings } from '../collector/config';
import type { CollectorRequest } from '../collector/request';
import type { CollectorRules } from '../collector/rules';
import { defaultsOf } from './default-settings';

export const collectorSettings = (
  changes: Partial<CollectorSettings['collector']> = {},
): CollectorSettings['collector'] => ({
  ...defaultsOf(collectorFields),
  ...changes,
});

export const collectorRules = (changes: Partial<CollectorSettings['collector']> = {}): CollectorRules =>
  rulesOf(collectorSettings(changes), 'flotilla-0.0.0-kinesis');

type Parts = Partial<Omit<CollectorRequest, 'headers' | 'body'>> & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** A pixel request to `c.example`; with a body it is a POST. */
export function collectorRequest({ headers = {}, body, ...parts }: Parts = {}): CollectorRequest {
  const bytes = Buffer.from(body ?? '');
  return {
    method: body === undefined ? 'GET' : 'POST',
    target: body === undefined ? '/i?e=pv' : '/com.snowplowanalytics.snowplow/tp2',
    headers: Object.entries({ Host: 'c.example', ...headers }),
    body: bytes,
    bodyBytes: bytes.length,
    peer: '192.0.2.1',
    ...parts,
  };
}
