/** One name for a stream, however a call names it; the operations behind the front see StreamName alone. */
import { clientError } from '../service-error';
import type { Params } from '../aws-handler';

/** The parameters with the stream's name in place of its ARN. Throws InvalidArgumentException when both are given and differ. */
export function withStreamName(params: Params): Params {
  const { StreamARN, ...others } = params;
  if (typeof StreamARN !== 'string') return params;
  const name = /^arn:aws[\w-]*:kinesis:[^:]*:\d*:stream\/([^/]+)$/.exec(StreamARN)?.[1];
  if (name === undefined) throw clientError('InvalidArgumentException', `StreamARN ${StreamARN} is invalid.`);
  if (others.StreamName !== undefined && others.StreamName !== name)
    throw clientError(
      'InvalidArgumentException',
      `StreamName ${String(others.StreamName)} and StreamARN ${StreamARN} are of different streams.`,
    );
  return { ...others, StreamName: name };
}
