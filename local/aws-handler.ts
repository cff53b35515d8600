/**
 * What the fronts of Kinesis and DynamoDB share: one POST, its operation in `x-amz-target`, its parameters in the body.
 * Decodes, asks the gate, performs, encodes; every error leaves as the service would write it. Credentials and
 * signatures are not looked at. Called by the one-port server.
 */
import type { Codec } from './codec';
import { EVENT_STREAM_TYPE, EventStream, eventStreamBody } from './event-stream';
import type { Gate } from './gate';
import type { HttpAnswer, HttpHandler, HttpRequest } from './one-port-server';
import { ServiceError } from './service-error';

export type Params = Record<string, unknown>;

export interface AwsService {
  readonly service: 'kinesis' | 'dynamodb';
  /** What stands before the dot of `x-amz-target`: `Kinesis_20131202`. */
  readonly targetPrefix: string;
  readonly codecs: ReadonlyMap<string, Codec>;
  readonly operations: ReadonlyMap<string, (params: Params) => Promise<unknown>>;
  /** What a hold of the gate is compared with: the stream, or `table/key`. */
  resourceOf(params: Params): string;
  readonly gate: Gate;
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
      const result = await performGated(service, codec, request);
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

async function performGated(
  service: AwsService,
  codec: Codec,
  request: HttpRequest,
): Promise<'drop' | { readonly value: unknown }> {
  const operation = operationOf(service, request);
  const perform = service.operations.get(operation);
  if (!perform) throw new ServiceError(400, { __type: 'UnknownOperationException' });
  const params = decodeParams(codec, request.body);
  const { gate } = service;
  if (gate.idle) return { value: await perform(params) };
  const call = callOf(service, operation, params);
  if ((await gate.before(call)) === 'drop') return 'drop';
  const value = await perform(params);
  return (await gate.after(call)) === 'drop' ? 'drop' : { value };
}

const callOf = (service: AwsService, operation: string, params: Params) => ({
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
