/** What the operator decided, once and for all requests: the settings of `config.ts` in the form that decisions use. */
export interface CollectorRules {
  /** `name-version` of this program, as it is stored in every payload. */
  readonly collector: string;
  readonly paths: ReadonlyMap<string, string>;
  readonly cookie: {
    readonly enabled: boolean;
    readonly name: string;
    readonly clientName: string | null;
    readonly lifetimeMs: number;
    readonly domains: readonly string[];
    readonly fallbackDomain: string | null;
    readonly secure: boolean;
    readonly httpOnly: boolean;
    readonly sameSite: 'None' | 'Lax' | 'Strict' | null;
  };
  /** The value must match in full. */
  readonly doNotTrack: { readonly name: string; readonly value: RegExp } | null;
  readonly bounce: {
    readonly parameter: string;
    readonly networkUserId: string;
    readonly protocolHeader: string | null;
  } | null;
  readonly redirects: {
    readonly enabled: boolean;
    /** Hosts in lower case; none: no redirect goes anywhere. */
    readonly domains: readonly string[];
    readonly macro: string | null;
  };
  /** Plain http (as `X-Forwarded-Proto` says) is sent to https on this port; null: it is taken as it is. */
  readonly httpsRedirectPort: number | null;
  readonly root: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  } | null;
  readonly crossDomain: { readonly domains: readonly string[]; readonly secure: boolean } | null;
  readonly corsMaxAgeSeconds: number;
  /** How many proxies before us are ours; null: the sender's own words are believed, as Snowplow's collector does. */
  readonly trustedHops: number | null;
  readonly partitionByIp: boolean;
  /** A serialised record is smaller than this, or it is split. */
  readonly recordBytesMax: number;
  /** A body over this is no longer split: one bad row. */
  readonly bodyBytesMax: number;
}

/** `SP-Anonymous` requests have this network user id (Snowplow's own choice). */
export const ANONYMOUS_USER_ID = '00000000-0000-0000-0000-000000000000';
