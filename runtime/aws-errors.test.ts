import { classifyAwsError } from './aws-errors';
import { FlotillaError } from './errors';

const sdkError = (fields: object): Error => Object.assign(new Error('words'), fields);

describe('classifyAwsError', () => {
  it.each([
    ['a throttle of DynamoDB', { name: 'ProvisionedThroughputExceededException' }, 'FLOTILLA_THROTTLED'],
    ['status 429', { name: 'Whatever', $metadata: { httpStatusCode: 429 } }, 'FLOTILLA_THROTTLED'],
    ['a request that timed out', { name: 'TimeoutError' }, 'FLOTILLA_UNAVAILABLE'],
    ['a connection that broke', { name: 'Error', code: 'ECONNRESET' }, 'FLOTILLA_UNAVAILABLE'],
    ['a limit of the control plane', { name: 'LimitExceededException' }, 'FLOTILLA_THROTTLED'],
    ['a slow down of S3', { name: 'SlowDown', $metadata: { httpStatusCode: 503 } }, 'FLOTILLA_THROTTLED'],
    ['a body that was damaged on its way', { name: 'XAmzContentSHA256Mismatch', $metadata: { httpStatusCode: 400 } }, 'FLOTILLA_UNAVAILABLE'], // prettier-ignore
    ['a part that was', { name: 'BadDigest', $metadata: { httpStatusCode: 400 } }, 'FLOTILLA_UNAVAILABLE'],
    ['a wrapped socket error', { message: 'AWS SDK error wrapper for Error: socket hang up' }, 'FLOTILLA_UNAVAILABLE'],
    ['words that only quote one', { message: 'no table ECONNRESET' }, 'FLOTILLA_AWS_REFUSED'],
    ['a fault of the server', { name: 'Odd', $metadata: { httpStatusCode: 500 } }, 'FLOTILLA_UNAVAILABLE'],
    [
      'a missing permission',
      { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } },
      'FLOTILLA_AWS_REFUSED',
    ],
    ['what nobody knows', {}, 'FLOTILLA_AWS_REFUSED'],
  ])('sorts %s', (_what, fields, code) => {
    const cause = sdkError(fields);
    const error = classifyAwsError(cause, 'UpdateItem');
    expect(error).toMatchObject({ code, cause });
  });

  const iam = 'User: arn:aws:sts::1:me is not authorized to perform: dynamodb:Query on resource: arn:aws:dynamodb:x';
  it.each([
    ['the action of the call', 'words', 'dynamodb:Scan'],
    ['the action that IAM names, when it does', iam, 'dynamodb:Query'],
  ])('says in one sentence what is not allowed, on what, and how to allow it: %s', (_what, said, action) => {
    const cause = Object.assign(new Error(said), { name: 'AccessDeniedException' });
    expect(classifyAwsError(cause, 'Scan on table leases', 'dynamodb:Scan').message).toBe(
      `Scan on table leases is not allowed: give the IAM role of this process the permission ${action} on it (AccessDeniedException: ${said})`,
    );
  });

  it.each([undefined, null, 'text'])('takes %s for refused, as anything that is no error', (odd) => {
    expect(classifyAwsError(odd, 'UpdateItem').code).toBe('FLOTILLA_AWS_REFUSED');
  });

  it('lets an error of ours pass', () => {
    const ours = new FlotillaError('FLOTILLA_THROTTLED', 'slow');
    expect(classifyAwsError(ours, 'Scan')).toBe(ours);
  });
});
