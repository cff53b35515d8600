/** An error that a front answers as the service would: HTTP status, `__type`, message. */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    /** The whole body: `__type`, `message` and what else the service adds. */
    readonly body: Readonly<Record<string, unknown>>,
  ) {
    super(String(body.message ?? body.__type));
  }
}

/** HTTP 400 with a type and a message: nearly all errors of Kinesis and DynamoDB look like this. */
export const clientError = (type: string, message: string): ServiceError =>
  new ServiceError(400, { __type: type, message });
