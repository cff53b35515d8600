/** The operations of multipart uploads. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Operation, countIn, isoTime, keyEncoder, mustBeNew, plainAnswer, quoted, xmlAnswer } from './answer';
import {
  algorithmNamed,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumElement,
  checksumHeader,
  type ChecksumType,
} from './checksums';
import { compareKeys } from './key-path';
import { headersToKeep } from './object-headers';
import { type NamedPart, partNumberMax } from './plan-completion';
import { S3Error } from './s3-error';
import { childText, parseXml, type XmlElement, type XmlNode } from './xml';

/** S3's limit for one page of uploads or parts. */
const pageMax = 1000;

const createMultipartUpload: Operation = async ({ call, headers }, { buckets, uploads }) => {
  await buckets.mustExist(call.bucket);
  const checksum = checksumOfUpload(headers);
  const id = await uploads.create(call.bucket, { key: call.key, headers: headersToKeep(headers), checksum });
  return xmlAnswer(
    [
      'InitiateMultipartUploadResult',
      [
        ['Bucket', call.bucket],
        ['Key', call.key],
        ['UploadId', id],
      ],
    ],
    checksum && { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type },
  );
};

function checksumOfUpload(
  headers: IncomingHttpHeaders,
): { algorithm: ChecksumAlgorithm; type: ChecksumType } | undefined {
  const name = headers['x-amz-checksum-algorithm'];
  if (name === undefined) return undefined;
  const algorithm = algorithmNamed(String(name));
  if (!algorithm)
    throw new S3Error('NotImplemented', `Of the checksums only ${checksumAlgorithms.join(', ')} are known.`);
  const type = headers['x-amz-checksum-type'] ?? 'COMPOSITE';
  if (type !== 'COMPOSITE' && (type !== 'FULL_OBJECT' || algorithm.startsWith('SHA'))) {
    throw new S3Error('InvalidRequest', `The ${String(type)} checksum type cannot be used with ${algorithm}.`);
  }
  return { algorithm, type };
}

const uploadPart: Operation = async ({ call, staged }, { buckets, uploads }) => {
  await buckets.mustExist(call.bucket);
  const number = call.query.get('partNumber') ?? '';
  if (!/^\d{1,5}$/.test(number) || Number(number) < 1 || Number(number) > partNumberMax) {
    throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${partNumberMax}, inclusive.`);
  }
  if (!staged) throw new S3Error('IncompleteBody');
  await uploads.putPart(call.bucket, call.key, call.query.get('uploadId') ?? '', Number(number), staged);
  return plainAnswer({
    etag: quoted(staged.md5),
    ...(staged.checksum && { [checksumHeader(staged.checksum.algorithm)]: staged.checksum.value }),
  });
};

const listParts: Operation = async ({ call }, { buckets, uploads }) => {
  await buckets.mustExist(call.bucket);
  const upload = await uploads.find(call.bucket, call.key, call.query.get('uploadId') ?? '');
  const encode = keyEncoder(call.query);
  const marker = countIn(call.query, 'part-number-marker', 0, partNumberMax);
  const partsMax = countIn(call.query, 'max-parts', pageMax, pageMax);
  const behind = (await uploads.parts(call.bucket, upload.id)).filter((part) => part.number > marker);
  const parts = behind.slice(0, partsMax);
  return xmlAnswer([
    'ListPartsResult',
    [
      ['Bucket', call.bucket],
      ['Key', encode(upload.key)],
      ['UploadId', upload.id],
      ['PartNumberMarker', marker],
      ['NextPartNumberMarker', parts.at(-1)?.number ?? marker],
      ['MaxParts', partsMax],
      ['IsTruncated', behind.length > parts.length],
      ['StorageClass', 'STANDARD'],
      upload.checksum && ['ChecksumAlgorithm', upload.checksum.algorithm],
      upload.checksum && ['ChecksumType', upload.checksum.type],
      ...parts.map((part): XmlNode => [
        'Part',
        [
          ['PartNumber', part.number],
          ['LastModified', isoTime(part.lastModifiedMs)],
          ['ETag', quoted(part.etag)],
          ['Size', part.sizeBytes],
          part.checksum && [checksumElement(part.checksum.algorithm), part.checksum.value],
        ],
      ]),
    ],
  ]);
};

const completeMultipartUpload: Operation = async ({ call, headers, text, completeAgain }, { buckets, uploads }) => {
  await buckets.mustExist(call.bucket);
  const named = namedParts(text);
  const value = checksumAlgorithms.map((algorithm) => headers[checksumHeader(algorithm)]).find(Boolean);
  const options = {
    mustBeNew: mustBeNew(headers),
    expected: value === undefined ? undefined : { value: String(value) },
    again: completeAgain,
  };
  const completed = await uploads.complete(call.bucket, call.key, call.query.get('uploadId') ?? '', named, options);
  const { checksum } = completed;
  return xmlAnswer([
    'CompleteMultipartUploadResult',
    [
      ['Location', `/${call.bucket}/${encodeURI(call.key)}`],
      ['Bucket', call.bucket],
      ['Key', call.key],
      ['ETag', quoted(completed.etag)],
      checksum && [checksumElement(checksum.algorithm), checksum.value],
      checksum && ['ChecksumType', checksum.type],
    ],
  ]);
};

function namedParts(text: string): NamedPart[] {
  const root = parseXml(text);
  if (root?.name !== 'CompleteMultipartUpload') throw new S3Error('MalformedXML');
  return root.children.filter((child) => child.name === 'Part').map(namedPart);
}

function namedPart(element: XmlElement): NamedPart {
  const number = childText(element, 'PartNumber')?.trim() ?? '';
  const etag = childText(element, 'ETag')?.trim() ?? '';
  if (!/^\d{1,5}$/.test(number) || etag === '') throw new S3Error('MalformedXML');
  const checksums = checksumAlgorithms.flatMap((algorithm) => {
    const value = childText(element, checksumElement(algorithm))?.trim();
    return value === undefined ? [] : [{ algorithm, value }];
  });
  return { number: Number(number), etag: etag.replace(/^"(.*)"$/, '$1'), checksums };
}

const abortMultipartUpload: Operation = async ({ call }, { buckets, uploads }) => {
  await buckets.mustExist(call.bucket);
  await uploads.abort(call.bucket, call.key, call.query.get('uploadId') ?? '');
  return plainAnswer({}, 204);
};

const listMultipartUploads: Operation = async ({ call }, { buckets, uploads }) => {
  await buckets.mustExist(call.bucket);
  const { query } = call;
  if (query.get('delimiter')) throw new S3Error('NotImplemented');
  const encode = keyEncoder(query);
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const uploadsMax = countIn(query, 'max-uploads', pageMax, pageMax);
  const behind = (await uploads.all(call.bucket)).filter(
    ({ key, id }) =>
      key.startsWith(prefix) &&
      (compareKeys(key, keyMarker) > 0 || (key === keyMarker && idMarker !== '' && id > idMarker)),
  );
  const page = behind.slice(0, uploadsMax);
  const last = page.at(-1);
  return xmlAnswer([
    'ListMultipartUploadsResult',
    [
      ['Bucket', call.bucket],
      ['Prefix', encode(prefix)],
      ['KeyMarker', encode(keyMarker)],
      ['UploadIdMarker', idMarker],
      last && ['NextKeyMarker', encode(last.key)],
      last && ['NextUploadIdMarker', last.id],
      ['MaxUploads', uploadsMax],
      ['IsTruncated', behind.length > page.length],
      query.has('encoding-type') ? ['EncodingType', 'url'] : undefined,
      ...page.map((upload): XmlNode => [
        'Upload',
        [
          ['Key', encode(upload.key)],
          ['UploadId', upload.id],
          ['StorageClass', 'STANDARD'],
          ['Initiated', isoTime(upload.initiatedMs)],
          upload.checksum && ['ChecksumAlgorithm', upload.checksum.algorithm],
          upload.checksum && ['ChecksumType', upload.checksum.type],
        ],
      ]),
    ],
  ]);
};

export const uploadOperations = {
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  ListParts: listParts,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListMultipartUploads: listMultipartUploads,
};
