/**
 * From a request's method, address and headers to the S3 operation that it means. Pure. Path style only. What is not
 * in the table is refused: a parameter that we do not know (`?acl`, `?tagging`) must never be taken for a plain put.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './s3-error';

const listParameters = ['prefix', 'delimiter', 'max-keys', 'start-after', 'continuation-token', 'encoding-type'];
const uploadListParameters = ['prefix', 'delimiter', 'max-uploads', 'key-marker', 'upload-id-marker', 'encoding-type'];

/** [operation, method, on what, parameters that it must have, parameters that it may have] */
const routes = [
  ['ListBuckets', 'GET', 'service', [], ['max-buckets']],
  ['CreateBucket', 'PUT', 'bucket', [], []],
  ['HeadBucket', 'HEAD', 'bucket', [], []],
  ['ListObjectsV2', 'GET', 'bucket', ['list-type'], [...listParameters, 'fetch-owner']],
  ['ListMultipartUploads', 'GET', 'bucket', ['uploads'], uploadListParameters],
  ['GetBucketLifecycleConfiguration', 'GET', 'bucket', ['lifecycle'], []],
  ['PutBucketLifecycleConfiguration', 'PUT', 'bucket', ['lifecycle'], []],
  ['DeleteObjects', 'POST', 'bucket', ['delete'], []],
  ['PutObject', 'PUT', 'object', [], []],
  ['GetObject', 'GET', 'object', [], []],
  ['HeadObject', 'HEAD', 'object', [], []],
  ['DeleteObject', 'DELETE', 'object', [], []],
  ['CreateMultipartUpload', 'POST', 'object', ['uploads'], []],
  ['UploadPart', 'PUT', 'object', ['uploadId', 'partNumber'], []],
  ['ListParts', 'GET', 'object', ['uploadId'], ['max-parts', 'part-number-marker', 'encoding-type']],
  ['CompleteMultipartUpload', 'POST', 'object', ['uploadId'], []],
  ['AbortMultipartUpload', 'DELETE', 'object', ['uploadId'], []],
] as const satisfies readonly (readonly [string, string, string, readonly string[], readonly string[]])[];

export type S3Operation = (typeof routes)[number][0];

export interface S3Call {
  readonly operation: S3Operation;
  /** '' for ListBuckets. */
  readonly bucket: string;
  /** '' when the operation is not on an object. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** The query as it came, without `?`. */
  readonly queryText: string;
}

/** Headers that would make another operation of it, and that we do not know. */
const unknownMeanings = [
  'x-amz-copy-source',
  'x-amz-write-offset-bytes',
  'x-amz-server-side-encryption-customer-algorithm',
];
const keyBytesMax = 1024;
const bucketName = /^(?=.{3,63}$)[a-z0-9](?:[a-z0-9-]|\.(?!\.))*[a-z0-9]$/;

/** Throws S3Error: InvalidURI, InvalidBucketName, KeyTooLongError, MethodNotAllowed or NotImplemented. */
export function routeCall(method: string, url: string, headers: IncomingHttpHeaders): S3Call {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const queryText = mark < 0 ? '' : url.slice(mark + 1);
  if (!path.startsWith('/')) throw new S3Error('InvalidURI');
  // Never through `new URL`: it would resolve `..`, and `//` and `%2F` are parts of keys.
  const slash = path.indexOf('/', 1);
  const bucket = decode(slash < 0 ? path.slice(1) : path.slice(1, slash));
  const key = slash < 0 ? '' : decode(path.slice(slash + 1));
  if (bucket !== '' && !bucketName.test(bucket)) throw new S3Error('InvalidBucketName');
  if (bucket === '' && key !== '') throw new S3Error('InvalidBucketName');
  if (Buffer.byteLength(key) > keyBytesMax) throw new S3Error('KeyTooLongError');

  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const query = new URLSearchParams(queryText);
  const sameMethod = routes.filter(([, itsMethod, itsLevel]) => itsMethod === method && itsLevel === level);
  if (sameMethod.length === 0) throw new S3Error('MethodNotAllowed');
  const route = sameMethod.find(([, , , needs, may]) => fits([...query.keys()], needs, may));
  if (!route || unknownMeanings.some((name) => headers[name] !== undefined)) throw new S3Error('NotImplemented');
  if (query.has('list-type') && query.get('list-type') !== '2') throw new S3Error('NotImplemented');
  return { operation: route[0], bucket, key, query, queryText };
}

/** `x-id` is the SDK's note to itself; `X-Amz-...` belongs to signatures, which are not checked. */
const isIgnored = (name: string): boolean => name === 'x-id' || /^x-amz-/i.test(name);

const fits = (given: readonly string[], needs: readonly string[], may: readonly string[]): boolean =>
  needs.every((name) => given.includes(name)) &&
  given.every((name) => isIgnored(name) || needs.includes(name) || may.includes(name));

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (cause instanceof URIError) throw new S3Error('InvalidURI');
    throw cause;
  }
}
