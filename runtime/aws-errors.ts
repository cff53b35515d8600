/**
 * What an error of an AWS SDK call means: the one place that sorts them into throttled, unavailable (both retryable)
 * and refused (fatal). Each adapter calls it in its own catch, after the answers that it expects.
 */
import { FlotillaError, messageOf } from './errors';

/** Rates: DynamoDB's and Kinesis' own names, and those of the SDK's retry classification. */
const throttled = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'LimitExceededException',
  'SlowDown',
  'TooManyRequestsException',
  'RequestThrottled',
]);

/** No answer, or none that says whether the request was applied. */
const unavailable = new Set([
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
  'AbortError',
  'NetworkingError',
  'InternalServerError',
  'InternalFailure',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TransactionInProgressException',
  // A proxy or a dying server may answer with something that is not the protocol.
  'SyntaxError',
]);

const noConnection = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
]);

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
  const message = `${call}: ${name === '' ? '' : `${name}: `}${messageOf(error)}`;
  if (throttled.has(name) || status === 429) return new FlotillaError('FLOTILLA_THROTTLED', message, { cause: error });
  if (unavailable.has(name) || noConnection.has(code) || noConnection.has(name) || status >= 500)
    return new FlotillaError('FLOTILLA_UNAVAILABLE', message, { cause: error });
  return new FlotillaError('FLOTILLA_AWS_REFUSED', message, { cause: error });
}
