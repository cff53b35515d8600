/**
 * What the fronts of Kinesis and DynamoDB share: one POST, its operation in `x-amz-target`, its parameters in the body.
 * Decodes, passes holds and faults, performs, encodes; every error leaves as the service would write it. Credentials and
 * signatures are not looked at. Called by the one-port server.
 */
import type { Codec } from './codec';
import { EVENT_STREAM_TYPE, EventStream, eventStreamBody } from './event-stream';
import { isIdle, passCall, type Wire } from './faults/pass-call';
import type { Call } from './gate';
import type { HttpAnswer, HttpHandler, HttpRequest } from './one-port-server';
import { ServiceError } from './service-error';

export type Params = Record<string, unknown>;

/** `call` describes it to the faults that change what an operation does; null while none is set. */
export type Perform = (params: Params, call: Call | null) => Promise<unknown>;

export interface AwsService {
  readonly service: 'kinesis' | 'dynamodb';
  /** What stands before the dot of `x-amz-target`: `Kinesis_20131202`. */
  readonly targetPrefix: string;
  readonly codecs: ReadonlyMap<string, Codec>;
  readonly operations: ReadonlyMap<string, Perform>;
  /** What holds and faults are compared with: the stream, or `table/key`. */
  resourceOf(params: Params): string;
  readonly wire: Wire;
  /** An operation failed with something that is no service error; its client got a 500. */
  readonly onFault: (operation: string, error: unknown) => void;
}

export function createAwsHandler(service: AwsService): HttpHandler {
  let answered = 0;
  const answer = (status: number, contentType: string, body: HttpAnswer['body']): HttpAnswer => ({
    status,
    headers: {
      'content-type': contentType,
      'x-amzn-requestid': `00000000-0000-4000-8000-${(++answered).toString(16).padStart(12, '0')}`,
    },
    body,
  });

  return async (request) => {
    const contentType = contentTypeOf(request);
    const codec = service.codecs.get(contentType);
    if (!codec || request.method !== 'POST')
      return answer(404, 'application/json', JSON.stringify({ __type: 'UnknownOperationException' }));
    try {
      const result = await performPast(service, codec, request);
      if (result === 'drop') return 'drop';
      const { value } = result;
      if (!(value instanceof EventStream)) return answer(200, contentType, value == null ? '' : codec.encode(value));
      const onFault = (error: unknown): void => service.onFault(operationOf(service, request), error);
      return answer(200, EVENT_STREAM_TYPE, eventStreamBody(value, codec, contentType, onFault));
    } catch (error) {
      if (!(error instanceof ServiceError)) service.onFault(operationOf(service, request), error);
      const { status, body } = error instanceof ServiceError ? error : internalFailure(error);
      return answer(status, contentType, codec.encode(body));
    }
  };
}

async function performPast(
  service: AwsService,
  codec: Codec,
  request: HttpRequest,
): Promise<'drop' | { readonly value: unknown }> {
  const operation = operationOf(service, request);
  const perform = service.operations.get(operation);
  if (!perform) throw new ServiceError(400, { __type: 'UnknownOperationException' });
  const params = decodeParams(codec, request.body);
  const { wire } = service;
  if (isIdle(wire)) return { value: await perform(params, null) };
  const call = callOf(service, operation, params);
  const outcome = await passCall(wire, call, () => perform(params, call), request.hangUp);
  switch (outcome.kind) {
    case 'drop':
      return 'drop';
    case 'error':
      throw new ServiceError(outcome.error.status, { __type: outcome.error.type, message: outcome.error.message });
    case 'answer':
      return { value: outcome.value };
  }
}

const callOf = (service: AwsService, operation: string, params: Params): Call => ({
  service: service.service,
  operation,
  resource: service.resourceOf(params),
  detail: JSON.stringify(params),
});

function decodeParams(codec: Codec, body: Buffer): Params {
  let params: unknown;
  try {
    params = codec.decode(body);
  } catch {
    params = null;
  }
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    throw new ServiceError(400, { __type: 'SerializationException' });
  return params as Params;
}

const contentTypeOf = ({ headers }: HttpRequest): string =>
  String(headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase(); // prettier-ignore

function operationOf(service: AwsService, { headers }: HttpRequest): string {
  const [prefix, operation = ''] = String(headers['x-amz-target'] ?? '').split('.', 2);
  return prefix === service.targetPrefix ? operation : '';
}

const internalFailure = (error: unknown): ServiceError =>
  new ServiceError(500, { __type: 'InternalFailure', message: String(error) });
