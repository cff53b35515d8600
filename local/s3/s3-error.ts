/**
 * The errors that the local S3 answers with: S3's codes, statuses and sense. They go over the wire as XML and never
 * into our own error table, since no product code meets them but through the SDK.
 * Source: the "List of error codes" of the Amazon S3 API reference.
 */
const s3Errors = {
  BadDigest: [400, 'The checksum that you gave does not match what was received.'],
  BucketAlreadyOwnedByYou: [409, 'You own this bucket already.'],
  EntityTooLarge: [400, 'The upload is larger than is allowed.'],
  EntityTooSmall: [400, 'A part that is not the last is smaller than 5 MiB.'],
  IncompleteBody: [400, 'The body ended before the number of bytes that its headers promised.'],
  InternalError: [500, 'The local S3 met an error of its own.'],
  InvalidArgument: [400, 'An argument is not valid.'],
  InvalidBucketName: [400, 'The bucket name is not valid.'],
  InvalidDigest: [400, 'The Content-MD5 or checksum is not a valid one.'],
  InvalidPart: [400, 'A part was not found, or its ETag or checksum is not the one that was stored.'],
  InvalidPartOrder: [400, 'The parts are not in ascending order.'],
  InvalidRange: [416, 'The range lies outside the object.'],
  InvalidRequest: [400, 'The request is not valid.'],
  InvalidURI: [400, 'The address could not be understood.'],
  KeyTooLongError: [400, 'The key is longer than 1024 bytes.'],
  MalformedXML: [400, 'The XML was not well formed, or not what this operation takes.'],
  MetadataTooLarge: [400, 'The user metadata is larger than 2 KB.'],
  MethodNotAllowed: [405, 'The method is not allowed here.'],
  MissingContentLength: [411, 'The length of the body must be given.'],
  NoSuchBucket: [404, 'The bucket does not exist.'],
  NoSuchKey: [404, 'The key does not exist.'],
  NoSuchLifecycleConfiguration: [404, 'The bucket has no lifecycle configuration.'],
  NoSuchUpload: [404, 'The upload does not exist: the id is wrong, or it was completed or aborted.'],
  NotImplemented: [501, 'The local S3 does not know this.'],
  PreconditionFailed: [412, 'A precondition that you gave did not hold.'],
  XAmzContentSHA256Mismatch: [400, 'The header x-amz-content-sha256 does not match what was received.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type S3ErrorCode = keyof typeof s3Errors;

export class S3Error extends Error {
  readonly status: number;
  constructor(
    readonly code: S3ErrorCode,
    message: string = s3Errors[code][1],
  ) {
    super(message);
    this.name = 'S3Error';
    this.status = s3Errors[code][0];
  }
}
