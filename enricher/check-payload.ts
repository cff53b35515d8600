/**
 * From the bytes of one record to a payload that adapters can read (snowplow-protocol 2.3). Every check that fails is a
 * bad row of its own.
 */
import { type Api, type CollectorPayloadMessage } from '../protocol/bad-row';
import { decodeCollectorPayload, type CollectorPayload } from '../protocol/collector-payload';
import { matchesCriterion, parseSchemaKey } from '../protocol/schema-key';
import { readUuid } from '../protocol/uuid';
import { charsetOf, type Charset } from './charsets';
import { cleanText } from './clean-text';
import { clientAddress } from './ip-address';
import { parseQuerystring, type NameValue } from './querystring';

/** A payload of which the parts are read that more than one place needs. */
export interface Request extends Api {
  readonly querystring: readonly NameValue[];
  readonly charset: Charset;
  /** `ipAddress` as the headers tell it (3.9), `networkUserId` in full and lower case. */
  readonly payload: CollectorPayload;
}

/** `messages` holds one to three. */
export type CheckedPayload =
  { ok: true; request: Request } | { ok: false; messages: readonly CollectorPayloadMessage[] };

const payloadCriterion = 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-*';
const pathPattern = /^\/?([^/]+)\/([^/]+)\/?$/;

/** Hostile bytes are refused, never thrown. */
export function checkPayload(bytes: Uint8Array): CheckedPayload {
  const decoded = decodeCollectorPayload(bytes);
  if (!decoded.ok) return refuse({ error: `error deserializing raw event: ${decoded.error}` });
  const { payload } = decoded;
  const schemaFault = checkSchema(payload.schema);
  if (schemaFault !== undefined) return refuse({ error: schemaFault });
  const charset = charsetOf(payload.encoding);
  if (charset === undefined) return refuse({ error: `error deserializing raw event: ${payload.encoding}` });
  return checkFields(payload, charset);
}

function checkSchema(uri: string): string | undefined {
  const key = parseSchemaKey(uri);
  if (typeof key === 'string') return `could not parse schema: ${key}`;
  if (matchesCriterion(key, payloadCriterion)) return undefined;
  return `verifying record as ${payloadCriterion} failed: found ${uri}`;
}

function checkFields(payload: CollectorPayload, charset: Charset): CheckedPayload {
  const messages: CollectorPayloadMessage[] = [];
  const refuseField = (payloadField: string, value: string | null, expectation: string): void => {
    messages.push({ payloadField, value, expectation });
  };
  const { querystring = '', path, networkUserId } = payload;
  const parsed = parseQuerystring(querystring, charset);
  if (!parsed.ok) {
    const reason = cleanText(parsed.error) ?? '';
    const expectation = `could not extract name-value pairs from querystring with encoding ${payload.encoding}: ${reason}`;
    refuseField('querystring', querystring, expectation);
  }
  const api = path === undefined ? undefined : readPath(path);
  if (path === undefined) refuseField('path', null, 'request does not contain a path');
  else if (api === undefined) {
    refuseField('path', path, 'path does not match (/)vendor/version(/) nor is a legacy /i(ce.png) request');
  }
  const userId = networkUserId === undefined ? undefined : readUuid(networkUserId);
  if (userId === null) refuseField('networkUserId', networkUserId ?? null, 'not valid UUID');
  if (!parsed.ok || api === undefined || userId === null) return { ok: false, messages };
  const ipAddress = clientAddress(payload.headers ?? [], payload.ipAddress);
  const read = { ...payload, ipAddress, networkUserId: userId };
  return { ok: true, request: { ...api, querystring: parsed.pairs, charset, payload: read } };
}

const refuse = (message: CollectorPayloadMessage): CheckedPayload => ({ ok: false, messages: [message] });

/** `/i` and `/ice.png` are the paths of the oldest trackers. */
function readPath(path: string): Api | undefined {
  const [, vendor, version] = pathPattern.exec(path) ?? [];
  if (vendor !== undefined && version !== undefined) return { vendor, version };
  const isLegacy = path === '/i' || path.startsWith('/i?') || path.startsWith('/ice.png');
  return isLegacy ? { vendor: 'com.snowplowanalytics.snowplow', version: 'tp1' } : undefined;
}
