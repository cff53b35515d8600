/** The operations on one object, and the removal of many. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Operation, type Answer, mustBeNew, plainAnswer, quoted, xmlAnswer } from './answer';
import { byteRange } from './byte-range';
import { checksumHeader } from './checksums';
import { headersOf, headersToKeep } from './object-headers';
import type { StoredObject } from './object-store';
import { S3Error } from './s3-error';
import { childText, parseXml, type XmlNode } from './xml';

const putObject: Operation = async ({ call, headers, staged }, { buckets, objects }) => {
  await buckets.mustExist(call.bucket);
  if (!staged) throw new S3Error('IncompleteBody');
  const checksum = staged.checksum && { ...staged.checksum, type: 'FULL_OBJECT' as const };
  const facts = { etag: staged.md5, headers: headersToKeep(headers), checksum };
  await objects.put(call.bucket, call.key, staged.file, facts, { mustBeNew: mustBeNew(headers) });
  return plainAnswer({
    etag: quoted(staged.md5),
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }),
  });
};

const getObject: Operation = async ({ call, headers }, { buckets, objects }) => {
  await buckets.mustExist(call.bucket);
  const opened = await objects.open(call.bucket, call.key);
  if (!opened) throw new S3Error('NoSuchKey');
  const { object, handle } = opened;
  try {
    const answer = answerFor(object, headers);
    if (answer.status === 304 || object.sizeBytes === 0) {
      await handle.close();
      return answer;
    }
    const range = byteRange(headers.range, object.sizeBytes);
    const bounds = range === null || range === 'unsatisfiable' ? {} : { start: range.first, end: range.last };
    return { ...answer, body: handle.createReadStream(bounds) }; // closes the handle when it ends or is destroyed
  } catch (error) {
    await handle.close();
    throw error;
  }
};

const headObject: Operation = async ({ call, headers }, { buckets, objects }) => {
  await buckets.mustExist(call.bucket);
  const object = await objects.find(call.bucket, call.key);
  if (!object) throw new S3Error('NoSuchKey');
  return answerFor(object, headers);
};

/** Status and headers of GET and HEAD. Throws S3Error PreconditionFailed or InvalidRange. */
function answerFor(object: StoredObject, headers: IncomingHttpHeaders): Answer {
  const names = (condition: string): boolean =>
    condition.split(',').some((etag) => ['*', object.etag, quoted(object.etag)].includes(etag.trim()));
  if (headers['if-match'] !== undefined && !names(headers['if-match'])) throw new S3Error('PreconditionFailed');
  if (headers['if-none-match'] !== undefined && names(headers['if-none-match'])) {
    return plainAnswer(headersOf(object, false), 304);
  }
  const range = byteRange(headers.range, object.sizeBytes);
  const answer = headersOf(object, range === null && headers['x-amz-checksum-mode'] === 'ENABLED');
  if (range === 'unsatisfiable') throw new S3Error('InvalidRange');
  if (range === null) return plainAnswer({ ...answer, 'content-length': String(object.sizeBytes) });
  const partial = {
    'content-length': String(range.last - range.first + 1),
    'content-range': `bytes ${range.first}-${range.last}/${object.sizeBytes}`,
  };
  return plainAnswer({ ...answer, ...partial }, 206);
}

const deleteObject: Operation = async ({ call }, { buckets, objects }) => {
  await buckets.mustExist(call.bucket);
  await objects.remove(call.bucket, call.key);
  return plainAnswer({}, 204);
};

/** S3's limit for one DeleteObjects. */
const deletedMax = 1000;

const deleteObjects: Operation = async ({ call, text }, { buckets, objects }) => {
  await buckets.mustExist(call.bucket);
  const root = parseXml(text);
  const keys = (root?.children ?? [])
    .filter((child) => child.name === 'Object')
    .map((child) => childText(child, 'Key') ?? '');
  if (root?.name !== 'Delete' || keys.length === 0 || keys.length > deletedMax || keys.includes('')) {
    throw new S3Error('MalformedXML');
  }
  const deleted: XmlNode[] = [];
  for (const key of keys) {
    await objects.remove(call.bucket, key);
    deleted.push(['Deleted', [['Key', key]]]);
  }
  return xmlAnswer(['DeleteResult', childText(root, 'Quiet') === 'true' ? [] : deleted]);
};

export const objectOperations = {
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: headObject,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
};
