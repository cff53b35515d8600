/** The recorded cases of Snowplow's collector as requests and rules of ours. */
import type { CollectorPayload } from '../../../protocol/collector-payload';
import type { CollectorRequest, Header } from '../../../collector/request';
import type { CollectorRules } from '../../../collector/rules';

/** A bad row as it is printed; a long `payload` is given as its beginning. */
export interface BadRowJson {
  schema: string;
  data: {
    processor: { artifact: string; version: string };
    failure: { timestamp: string; maximumAllowedSizeBytes: number; actualSizeBytes: number; expectation: string };
    payload: string | { prefix: string; chars: number };
  };
}

/** A payload with placeholders; a long body is given by its hash. */
export type PrintedPayload = Omit<CollectorPayload, 'body'> & { readonly body?: string | { readonly sha256: string } };

export interface OracleCase {
  readonly id: string;
  readonly group: string;
  readonly config: 'a' | 'b' | 'c' | 'd' | 'e';
  readonly layer: 'collector' | 'http-server' | 'collector-rejection';
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly headers: readonly Header[];
    /** Base64 of all bytes, or of those before the body. */
    readonly raw?: string;
    readonly raw_head?: string;
    readonly body?: string;
    readonly body_recipe?: readonly { readonly text?: string; readonly repeat?: string; readonly times?: number }[];
    readonly peer?: string;
  };
  readonly response: { readonly status: number; readonly headers: readonly Header[]; readonly body: string };
  readonly records: readonly {
    readonly stream: string;
    readonly partitionKey: string;
    readonly raw?: string;
    readonly payload?: PrintedPayload;
    readonly bad?: BadRowJson;
  }[];
}

/** When ours is given a case, and the id that chance gives it: what the cases have as placeholders. */
export const NOW_MS = 1_700_000_000_000;
export const NEW_ID = 'ffffffff-0000-4000-8000-000000000001';

export function caseRequest({ request }: OracleCase): CollectorRequest {
  const recipe = request.body_recipe
    ?.map(({ text, repeat, times }) => text ?? (repeat ?? '').repeat(times ?? 1))
    .join('');
  const body = recipe === undefined ? Buffer.from(request.body ?? '', 'base64') : Buffer.from(recipe, 'latin1');
  const peer = request.peer ?? '127.0.0.1';
  return {
    method: request.method,
    target: request.target,
    headers: sentHeaders(request),
    body,
    bodyBytes: body.length,
    peer,
  };
}

/** The lines as they were sent; Node, too, takes off the blanks around a value. */
function sentHeaders({ raw, raw_head, headers }: OracleCase['request']): readonly Header[] {
  const bytes = raw ?? raw_head;
  if (bytes === undefined) return headers;
  const [head = ''] = Buffer.from(bytes, 'base64').toString('latin1').split('\r\n\r\n');
  return head
    .split('\r\n')
    .slice(1)
    .map((line) => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).replace(/^[ \t]+|[ \t]+$/g, ''),
    ]);
}

const base: CollectorRules = {
  collector: 'ssc-2.10.0-kinesis',
  paths: new Map(),
  cookie: {
    enabled: true, name: 'sp', clientName: null, lifetimeMs: 365 * 86_400_000, domains: [], fallbackDomain: null,
    secure: true, httpOnly: true, sameSite: 'None',
  },
  doNotTrack: null,
  bounce: null,
  redirects: { enabled: false, domains: [], macro: null },
  root: null,
  crossDomain: null,
  corsMaxAgeSeconds: 3_600,
  httpsRedirectPort: null,
  trustedHops: null,
  partitionByIp: false,
  recordBytesMax: 1_000_000,
  bodyBytesMax: 8_388_608,
}; // prettier-ignore

/** The configurations of the recorded run. */
export function caseRules(config: OracleCase['config']): CollectorRules {
  switch (config) {
    case 'a':
      return base;
    case 'b':
      return {
        ...base,
        cookie: {
          ...base.cookie, name: 'fid', lifetimeMs: 30 * 86_400_000, secure: false, httpOnly: false, sameSite: 'Lax',
          domains: ['shop.example', 'example.org', 'pages.example.net'], fallbackDomain: 'fallback.example',
        },
        doNotTrack: { name: 'dnt', value: /^(?:yes-[0-9]+)$/ },
        redirects: { enabled: true, domains: ['shop.example', 'www.example.org'], macro: '[NUID]' },
        paths: new Map([
          ['/com.acme/track', '/com.snowplowanalytics.snowplow/tp2'],
          ['/com.acme/go', '/r/tp2'],
          ['/com.acme/hook', '/com.snowplowanalytics.iglu/v1'],
          ['/com.acme/odd', '/one'],
        ]),
        root: {
          status: 203,
          headers: [['X-Peer', 'root'], ['Content-Type', 'text/html'], ['Location', 'https://shop.example/']],
          body: '<p>hi</p>',
        },
        crossDomain: { domains: ['*.shop.example', 'example.org'], secure: false },
        corsMaxAgeSeconds: 90,
        partitionByIp: true,
      }; // prettier-ignore
    case 'c':
      return {
        ...base,
        cookie: { ...base.cookie, sameSite: null },
        bounce: { parameter: 'n3pc', networkUserId: '00000000-0000-4000-A000-00000000000B', protocolHeader: 'X-Forwarded-Proto' },
        redirects: { enabled: true, domains: ['a.example'], macro: '${SP_NUID}' },
        recordBytesMax: 3_000,
      }; // prettier-ignore
    case 'd':
      return { ...base, cookie: { ...base.cookie, enabled: false }, httpsRedirectPort: 443 };
    case 'e':
      return {
        ...base,
        cookie: {
          ...base.cookie, name: '_sp', lifetimeMs: 600_000, sameSite: 'Strict', domains: ['Shop.Example', 'shop.example'],
        },
        redirects: { enabled: false, domains: ['any.example'], macro: null },
        paths: new Map([['/com.acme/go', '/r/tp2'], ['/r/mine', '/com.snowplowanalytics.snowplow/tp2']]),
      }; // prettier-ignore
  }
}
