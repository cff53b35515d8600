import { ExpiredIteratorException, ProvisionedThroughputExceededException } from '@aws-sdk/client-kinesis';
import { classifyAwsError, toFlotillaError } from './aws-errors';
import { FlotillaError, isRetryable } from './errors';

const named = (name: string, more: object = {}): Error => Object.assign(new Error('no'), { name, ...more });

describe('classifyAwsError', () => {
  it.each([
    [
      'a throttled request',
      new ProvisionedThroughputExceededException({ message: 'slow', $metadata: {} }),
      'throttled',
    ],
    ['a control-plane limit', named('LimitExceededException'), 'throttled'],
    ['an S3 slow down', named('SlowDown'), 'throttled'],
    ['a time-out', named('TimeoutError'), 'unavailable'],
    ['a reset connection', named('Error', { code: 'ECONNRESET' }), 'unavailable'],
    ['a fault of the service', named('Odd', { $metadata: { httpStatusCode: 503 } }), 'unavailable'],
    ['a missing permission', named('AccessDeniedException', { $metadata: { httpStatusCode: 400 } }), 'refused'],
    ['an error nobody knows', new Error('what'), 'refused'],
    ['something that is no error', undefined, 'refused'],
  ])('calls %s what it is', (_what, error, expected) => {
    expect(classifyAwsError(error)).toBe(expected);
  });
});

describe('toFlotillaError', () => {
  it('keeps the cause and names the request', () => {
    const cause = new ExpiredIteratorException({ message: 'too old', $metadata: {} });
    const error = toFlotillaError(cause, 'GetRecords of shard-1');
    expect(error).toMatchObject({ code: 'FLOTILLA_AWS_REFUSED', cause });
    expect(error.message).toBe('GetRecords of shard-1: ExpiredIteratorException: too old');
  });

  it('leaves our own errors as they are', () => {
    const own = new FlotillaError('FLOTILLA_THROTTLED', 'slow');
    expect(toFlotillaError(own, 'x')).toBe(own);
    expect(isRetryable(own)).toBe(true);
  });
});
