/** The operations on buckets: make, find, list what is in them, keep their lifecycle configuration. */
import { type Operation, countIn, isoTime, keyEncoder, plainAnswer, quoted, xmlAnswer } from './answer';
import type { StoredObject } from './object-store';
import { S3Error } from './s3-error';
import { childText, parseXml, type XmlNode } from './xml';

/** The region that every bucket says it is in. */
const region = 'us-east-1';
/** What a client sees as the owner of all. */
const owner: XmlNode = ['Owner', [['ID', 'local']]];
/** S3's limit for one page of a listing. */
const keysMax = 1000;

const listBuckets: Operation = async (_request, { buckets }) =>
  xmlAnswer([
    'ListAllMyBucketsResult',
    [
      [
        'Buckets',
        (await buckets.all()).map((bucket) => [
          'Bucket',
          [
            ['Name', bucket.name],
            ['CreationDate', isoTime(bucket.createdMs)],
          ],
        ]),
      ],
      owner,
    ],
  ]);

const createBucket: Operation = async ({ call, text }, { buckets }) => {
  if (text !== '' && !parseXml(text)) throw new S3Error('MalformedXML');
  await buckets.create(call.bucket);
  return plainAnswer({ location: `/${call.bucket}` });
};

const headBucket: Operation = async ({ call }, { buckets }) => {
  await buckets.mustExist(call.bucket);
  return plainAnswer({ 'x-amz-bucket-region': region });
};

const listObjectsV2: Operation = async ({ call }, { buckets, objects }) => {
  await buckets.mustExist(call.bucket);
  const { query } = call;
  const encode = keyEncoder(query);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const startAfter = query.get('start-after') ?? '';
  const token = query.get('continuation-token') ?? undefined;
  const pageMax = countIn(query, 'max-keys', keysMax, keysMax);
  const page = await objects.list(call.bucket, { prefix, delimiter, keysMax: pageMax, startAfter, token });
  return xmlAnswer([
    'ListBucketResult',
    [
      ['Name', call.bucket],
      ['Prefix', encode(prefix)],
      delimiter === '' ? undefined : ['Delimiter', encode(delimiter)],
      ['MaxKeys', pageMax],
      ['KeyCount', page.objects.length + page.commonPrefixes.length],
      ['IsTruncated', page.nextToken !== undefined],
      query.has('encoding-type') ? ['EncodingType', 'url'] : undefined,
      startAfter === '' ? undefined : ['StartAfter', encode(startAfter)],
      token === undefined ? undefined : ['ContinuationToken', token],
      page.nextToken === undefined ? undefined : ['NextContinuationToken', page.nextToken],
      ...page.objects.map((object) => contents(object, encode)),
      ...page.commonPrefixes.map((common): XmlNode => ['CommonPrefixes', [['Prefix', encode(common)]]]),
    ],
  ]);
};

const contents = (object: StoredObject, encode: (key: string) => string): XmlNode => [
  'Contents',
  [
    ['Key', encode(object.key)],
    ['LastModified', isoTime(object.lastModifiedMs)],
    ['ETag', quoted(object.etag)],
    object.checksum && ['ChecksumAlgorithm', object.checksum.algorithm],
    object.checksum && ['ChecksumType', object.checksum.type],
    ['Size', object.sizeBytes],
    ['StorageClass', 'STANDARD'],
  ],
];

const getLifecycle: Operation = async ({ call }, { buckets }) => {
  await buckets.mustExist(call.bucket);
  const body = await buckets.lifecycle(call.bucket);
  if (body === null) throw new S3Error('NoSuchLifecycleConfiguration');
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
};

const putLifecycle: Operation = async ({ call, text }, { buckets }) => {
  await buckets.mustExist(call.bucket);
  const root = parseXml(text);
  const rules = root?.children.filter((child) => child.name === 'Rule') ?? [];
  const isGood = rules.every((rule) => ['Enabled', 'Disabled'].includes(childText(rule, 'Status') ?? ''));
  if (root?.name !== 'LifecycleConfiguration' || rules.length === 0 || !isGood) throw new S3Error('MalformedXML');
  await buckets.setLifecycle(call.bucket, text);
  return plainAnswer();
};

export const bucketOperations = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  ListObjectsV2: listObjectsV2,
  GetBucketLifecycleConfiguration: getLifecycle,
  PutBucketLifecycleConfiguration: putLifecycle,
};
