/**
 * What an error of an AWS SDK call means: the one place that sorts them into throttled, unavailable (both retryable)
 * and refused (fatal). Each adapter calls it in its own catch, after the answers that it expects.
 */
import { FlotillaError, messageOf } from './errors';

/** Rates: DynamoDB's, Kinesis' and S3's own names, and those of the SDK's retry classification. */
const THROTTLED = /Throttl|TooManyRequests|ThroughputExceeded|LimitExceeded|SlowDown/;

/** No answer, or none that says whether the request was applied. */
const UNAVAILABLE =
  /^(TimeoutError|AbortError|RequestAbortedError|RequestTimeout(Exception)?|NetworkingError|InternalServerError|InternalFailure(Exception)?|InternalError|ServiceUnavailable(Exception)?|TransactionInProgressException|SyntaxError)$/;

/** A body that did not come as it was sent (S3 API reference, error responses): the same one again may. */
const DAMAGED = /^(BadDigest|XAmzContentSHA256Mismatch)$/;

const NO_CONNECTION =
  /\b(ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|socket hang up|TimeoutError)\b/;

/** No permission: the names of DynamoDB and Kinesis, and of S3. */
const NOT_ALLOWED = /^AccessDenied(Exception)?$/;

/** IAM names the action that it misses. */
const MISSED_ACTION = /is not authorized to perform: ([\w-]+:\w+)/;

/** The SDK keeps only the message of an error that is of another realm than its own (inside a test runner's sandbox). */
const WRAPPED = /^AWS SDK error wrapper for /;

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Whether the service knows who asks and does not let them. */
export const isNotAllowed = (error: unknown): boolean => NOT_ALLOWED.test((error as SdkError | undefined)?.name ?? '');

/**
 * `call` names the operation and what it is about in the message: `UpdateItem on table leases`; `action` is the IAM action
 * it needs: `dynamodb:UpdateItem`. An error that is already ours passes through.
 */
export function classifyAwsError(error: unknown, call: string, action?: string): FlotillaError {
  if (error instanceof FlotillaError) return error;
  const { name = '', code = '', $metadata } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode ?? 0;
  const said = messageOf(error);
  const connection = WRAPPED.test(said) ? said : `${code} ${name}`;
  const answer = `${name === '' ? '' : `${name}: `}${said}`;
  const missed = MISSED_ACTION.exec(said)?.[1] ?? action;
  if (isNotAllowed(error) && missed !== undefined) {
    const message = `${call} is not allowed: give the IAM role of this process the permission ${missed} on it (${answer})`;
    return new FlotillaError('FLOTILLA_AWS_REFUSED', message, { cause: error });
  }
  const message = `${call}: ${answer}`;
  if (THROTTLED.test(name) || status === 429) return new FlotillaError('FLOTILLA_THROTTLED', message, { cause: error });
  if (UNAVAILABLE.test(name) || DAMAGED.test(name) || NO_CONNECTION.test(connection) || status >= 500)
    return new FlotillaError('FLOTILLA_UNAVAILABLE', message, { cause: error });
  return new FlotillaError('FLOTILLA_AWS_REFUSED', message, { cause: error });
}
