/**
 * Errors say what to do next. Third-party errors are classified once, in the adapter that met them, keeping `cause`.
 * What is expected is a return value, not an error.
 */

/**
 * retryable: the world may recover (throttled, timed out); back off and try again, bounded.
 * fatal: a setting, a permission or a broken invariant; stop the process and let the supervisor restart it.
 * bad-data: this record never works; write a bad row and go on.
 */
export type ErrorKind = 'retryable' | 'fatal' | 'bad-data';

/** Every code that this system raises, with what it means. `docs/errors.md` is generated from this table. */
export const errorCodes = {
  FLOTILLA_THROTTLED: { kind: 'retryable', doc: 'An AWS service refused a request because of its rate.' },
  FLOTILLA_UNAVAILABLE: { kind: 'retryable', doc: 'A service did not answer, or answered with a fault of its own.' },
  FLOTILLA_AWS_REFUSED: {
    kind: 'fatal',
    doc: 'An AWS service refused a request for good: a permission, a missing resource, a bad argument.',
  },
  FLOTILLA_BAD_LEASE_ROW: {
    kind: 'fatal',
    doc: 'A row of the lease table cannot be read: an attribute is missing or is not what any Java client writes. The message names the row; correct it, or delete it and its shard begins anew.',
  },
  FLOTILLA_WRONG_LEASE_TABLE: {
    kind: 'fatal',
    doc: 'The table that the name of the application leads to cannot be its lease table: it is of another program, of an application that reads several streams, or not in use. The message says what was found and what is expected.',
  },
  FLOTILLA_EARLIER_STREAM: {
    kind: 'fatal',
    doc: 'The leases of the application were made for an earlier stream of the same name. Delete the lease table to read the present stream from its start, or give the application another name.',
  },
  FLOTILLA_KCL3_FLEET: {
    kind: 'fatal',
    doc: 'A Java KCL 3.x fleet works on the application in its own mode. Stop its workers, or roll them back to CLIENT_VERSION_2X with the KCL migration tool; then start this worker again.',
  },
  FLOTILLA_CALLBACK_STUCK: {
    kind: 'fatal',
    doc: 'A callback of a record processor took longer than kinesisClient.callbackSlowMs, and kinesisClient.callbackSlowAction is crash.',
  },
  FLOTILLA_MULTILANG: {
    kind: 'fatal',
    doc: 'A child of the MultiLangDaemon cannot go on: the daemon broke its protocol or went away in the middle of a call, or a callback of the record processor failed. The daemon is meant to notice the exit.',
  },
  FLOTILLA_PENDING_CHECKPOINT: {
    kind: 'fatal',
    doc: 'A checkpoint was asked for while a prepared one waits for its commit.',
  },
  FLOTILLA_S3_PROBE_FAILED: {
    kind: 'fatal',
    doc: 'The bucket cannot be used: at start the S3 sink tried what it will have to do. The message names the request and the permission.',
  },
} as const satisfies Record<`FLOTILLA_${string}`, { kind: ErrorKind; doc: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** Its kind is that of its code: whoever catches it asks `isRetryable`, never the text. */
export class FlotillaError extends Error {
  readonly kind: ErrorKind;
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'FlotillaError';
    this.kind = errorCodes[code].kind;
  }
}

/** True only for errors that are known to be worth another try. Unknown errors are not: loud beats endless. */
export const isRetryable = (error: unknown): boolean => error instanceof FlotillaError && error.kind === 'retryable';

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
