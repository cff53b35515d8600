import { afterComplete, afterLook } from './complete';
import { classifyComplete } from './aws-s3-store';
import { S3ServiceException } from '@aws-sdk/client-s3';
import type { CompleteAnswer, HeadAnswer } from './s3-store';

const sdkError = (name: string, httpStatusCode: number): Error =>
  new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode }, message: 'words' });

describe('what an answer to CompleteMultipartUpload is', () => {
  test.each([
    ['the upload is not there', sdkError('NoSuchUpload', 404), 'no-such-upload'],
    ['the key is taken', sdkError('PreconditionFailed', 412), 'key-exists'],
    ['a race with another conditional write', sdkError('ConditionalRequestConflict', 409), 'unclear'],
    ['throttled', sdkError('SlowDown', 503), 'unclear'],
    ['a fault of S3', sdkError('InternalError', 500), 'unclear'],
    ['a 200 with an error in its body', sdkError('InternalError', 200), 'unclear'],
    ['a 200 whose body nobody understands', sdkError('Unknown', 200), 'unclear'],
    ['a request that was too slow', sdkError('RequestTimeout', 400), 'unclear'],
    ['a permission that a person took away and may give back', sdkError('AccessDenied', 403), 'unclear'],
    ['a credential of yesterday', sdkError('ExpiredToken', 400), 'unclear'],
    ['no answer', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), 'unclear'],
    ['timed out', Object.assign(new Error('timed out'), { name: 'TimeoutError' }), 'unclear'],
    ['a part that S3 does not have', sdkError('InvalidPart', 400), 'refused'],
    ['a part that is too small', sdkError('EntityTooSmall', 400), 'refused'],
    ['no such bucket', sdkError('NoSuchBucket', 404), 'refused'],
  ])('%s', (_what, error, kind) => {
    expect(classifyComplete(error).kind).toBe(kind);
  });
});

test.each<[CompleteAnswer, string]>([
  [{ kind: 'completed' }, 'done'],
  [{ kind: 'no-such-upload' }, 'look'],
  [{ kind: 'key-exists' }, 'look'],
  [{ kind: 'unclear', reason: 'timed out' }, 'repeat'],
  [{ kind: 'refused', reason: 'InvalidPart' }, 'stop'],
])('after the answer %j comes %s', (answer, next) => {
  expect(afterComplete(answer)).toBe(next);
});

describe('what the look at the file says', () => {
  const expected = { bytes: 100, batchId: 'batch-1' };
  const ours: HeadAnswer = { kind: 'found', ...expected };
  test.each<[string, 'no-such-upload' | 'key-exists', HeadAnswer, string]>([
    ['the upload was completed before', 'no-such-upload', ours, 'done'],
    ['the key is taken by our own file', 'key-exists', ours, 'done'],
    ['the file is of another attempt with the same name', 'no-such-upload', { ...ours, batchId: 'batch-2' }, 'foreign'],
    ['the key is taken by a file that is not ours', 'key-exists', { ...ours, batchId: undefined }, 'foreign'],
    ['the batch is right and the size is not', 'key-exists', { ...ours, bytes: 99 }, 'foreign'],
    ['neither upload nor file is there', 'no-such-upload', { kind: 'missing' }, 'missing'],
    ['what took the key is gone', 'key-exists', { kind: 'missing' }, 'repeat'],
    ['S3 does not say', 'no-such-upload', { kind: 'unclear', reason: '500' }, 'repeat'],
  ])('%s', (_what, complete, head, verdict) => {
    expect(afterLook(complete, head, expected)).toBe(verdict);
  });
});
