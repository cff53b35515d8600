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

const NO_CONNECTION =
  /\b(ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|socket hang up|TimeoutError)\b/;

/** The SDK keeps only the message of an error that is of another realm than its own (inside a test runner's sandbox). */
const WRAPPED = /^AWS SDK error wrapper for /;

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** `call` names the operation in the message: `UpdateItem on leases`. An error that is already ours passes through. */
export function classifyAwsError(error: unknown, call: string): FlotillaError {
  if (error instanceof FlotillaError) return error;
  const { name = '', code = '', $metadata } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode ?? 0;
  const said = messageOf(error);
  const connection = WRAPPED.test(said) ? said : `${code} ${name}`;
  const message = `${call}: ${name === '' ? '' : `${name}: `}${said}`;
  if (THROTTLED.test(name) || status === 429) return new FlotillaError('FLOTILLA_THROTTLED', message, { cause: error });
  if (UNAVAILABLE.test(name) || NO_CONNECTION.test(connection) || status >= 500)
    return new FlotillaError('FLOTILLA_UNAVAILABLE', message, { cause: error });
  return new FlotillaError('FLOTILLA_AWS_REFUSED', message, { cause: error });
}
