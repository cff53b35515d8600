/** What an operation is given and what it gives back; the shell (s3-server.ts) knows HTTP, the operations do not. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Twist } from '../faults/faults';
import type { BucketStore } from './bucket-store';
import type { ObjectStore } from './object-store';
import type { StagedBody } from './receive-body';
import type { S3Call } from './route';
import { S3Error } from './s3-error';
import type { UploadStore } from './upload-store';
import { printXml, type XmlNode } from './xml';

export interface Stores {
  readonly buckets: BucketStore;
  readonly objects: ObjectStore;
  readonly uploads: UploadStore;
}

export interface S3Request {
  readonly call: S3Call;
  readonly headers: IncomingHttpHeaders;
  /** The body of an operation that takes XML; '' for all others. */
  readonly text: string;
  /** The body of PutObject and UploadPart. The operation may move the file away; else the shell removes it. */
  readonly staged?: StagedBody;
  /** The fault that answers a second Complete as the first. */
  readonly completeAgain: Twist<'complete-again'> | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream must come with its `content-length` in the headers. */
  readonly body?: string | Readable;
}

export type Operation = (request: S3Request, stores: Stores) => Promise<Answer>;

export const plainAnswer = (headers: Record<string, string> = {}, status = 200): Answer => ({ status, headers });

export const xmlAnswer = (root: XmlNode, headers: Record<string, string> = {}): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body: printXml(root),
});

export const errorAnswer = (
  error: { readonly status: number; readonly code: string; readonly message: string },
  resource: string,
  requestId: string,
): Answer => ({
  status: error.status,
  headers: { 'content-type': 'application/xml' },
  body: printXml(
    [
      'Error',
      [
        ['Code', error.code],
        ['Message', error.message],
        ['Resource', resource],
        ['RequestId', requestId],
      ],
    ],
    { namespace: false },
  ),
});

/** As XML and headers carry an ETag. */
export const quoted = (etag: string): string => `"${etag}"`;

export const isoTime = (epochMs: number): string => new Date(epochMs).toISOString();

/** A whole number of the query, at most `max`. InvalidArgument for what is none. */
export function countIn(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  if (!/^\d{1,9}$/.test(text))
    throw new S3Error('InvalidArgument', `Argument ${name} must be an integer of 0 or more.`);
  return Math.min(Number(text), max);
}

/** How a listing writes keys: percent-encoded but for `/` when the client asked for `encoding-type=url`. */
export function keyEncoder(query: URLSearchParams): (key: string) => string {
  const encoding = query.get('encoding-type');
  if (encoding === null) return (key) => key;
  if (encoding !== 'url') throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request.');
  return (key) => encodeURIComponent(key).replaceAll('%2F', '/');
}

/** Whether the call may only make a new object. `*` is the only condition that S3 takes here. */
export function mustBeNew(headers: IncomingHttpHeaders): boolean {
  if (headers['if-match'] !== undefined) throw new S3Error('NotImplemented');
  if (headers['if-none-match'] === undefined) return false;
  if (headers['if-none-match'].trim() !== '*') throw new S3Error('NotImplemented');
  return true;
}
