/**
 * What an error of the AWS SDK means for the caller. Used by the adapters, once each, where the error is met; what only
 * one operation can answer (an expired iterator, a failed condition) the adapter looks for first.
 */
import { FlotillaError, messageOf } from './errors';

/** unavailable: no answer, or a fault of the service's own; the request may have been applied. */
export type AwsFailure = 'throttled' | 'unavailable' | 'refused';

const THROTTLED =
  /Throttl|TooManyRequests|ProvisionedThroughputExceeded|LimitExceeded|RequestLimitExceeded|SlowDown|ThroughputExceeded/;
const NO_ANSWER =
  /^(TimeoutError|AbortError|RequestTimeout|RequestTimeoutException|RequestAbortedError|InternalServerError|InternalFailure|InternalFailureException|ServiceUnavailable|ServiceUnavailableException)$/;
const SOCKET =
  /^(ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/;

const textOf = (error: unknown, key: 'name' | 'code'): string => {
  const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : '';
};

/** The class of an error, e.g. `ExpiredIteratorException`; empty when it has none. */
export const awsErrorName = (error: unknown): string => textOf(error, 'name');

export function classifyAwsError(error: unknown): AwsFailure {
  const name = awsErrorName(error);
  if (THROTTLED.test(name)) return 'throttled';
  if (NO_ANSWER.test(name) || SOCKET.test(textOf(error, 'code'))) return 'unavailable';
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata;
  return (metadata?.httpStatusCode ?? 0) >= 500 ? 'unavailable' : 'refused';
}

const CODES = {
  throttled: 'FLOTILLA_THROTTLED',
  unavailable: 'FLOTILLA_UNAVAILABLE',
  refused: 'FLOTILLA_AWS_REFUSED',
} as const;

/** The same as an error of ours. `what` names the request: `GetRecords of shardId-000000000001`. */
export function toFlotillaError(error: unknown, what: string): FlotillaError {
  if (error instanceof FlotillaError) return error;
  const name = awsErrorName(error);
  return new FlotillaError(
    CODES[classifyAwsError(error)],
    `${what}: ${name === '' ? '' : `${name}: `}${messageOf(error)}`,
    { cause: error },
  );
}
