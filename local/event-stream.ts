/**
 * Answers that go on: AWS event streams (application/vnd.amazon.eventstream), a sequence of framed messages. A frame is
 * its length, the length of its headers, their CRC32, the headers, a payload, and the CRC32 of all before; lengths are
 * 32 bits, big-endian (AWS Smithy, `aws.protocols` event stream specification). Pure but for what is handed in.
 */
import { crc32 } from 'node:zlib';
import type { Codec } from './codec';
import { ServiceError } from './service-error';

export const EVENT_STREAM_TYPE = 'application/vnd.amazon.eventstream';

/** One event, by the name that it has in the API. */
export interface StreamedEvent {
  readonly type: string;
  readonly value: unknown;
}

/** What an operation gives back when its answer goes on. Ends with the events, or with the error that they end with. */
export class EventStream {
  constructor(readonly events: AsyncIterable<StreamedEvent>) {}
}

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
/** The type of a header's value: text, with its length in two bytes. */
const TEXT = 7;

/** The frame of one message. All headers are text. */
export function eventStreamFrame(headers: Readonly<Record<string, string>>, payload: Buffer | string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(PRELUDE_BYTES + head.length + body.length + CRC_BYTES);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, PRELUDE_BYTES);
  body.copy(frame, PRELUDE_BYTES + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -CRC_BYTES)), frame.length - CRC_BYTES);
  return frame;
}

function header(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, Buffer.from([TEXT]), length, valueBytes]);
}

/**
 * The body of an answer: the empty initial response that SDKs wait for, the events, and the error as an exception that the
 * service has a name for. `onFault` hears of what is no service error.
 */
export async function* eventStreamBody(
  { events }: EventStream,
  codec: Codec,
  contentType: string,
  onFault: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  const message = (kind: 'event' | 'exception', type: string, value: unknown): Buffer =>
    eventStreamFrame(
      { ':message-type': kind, [`:${kind}-type`]: type, ':content-type': contentType },
      codec.encode(value),
    );
  yield message('event', 'initial-response', {});
  try {
    for await (const { type, value } of events) yield message('event', type, value);
  } catch (error) {
    if (!(error instanceof ServiceError)) onFault(error);
    const { body } = error instanceof ServiceError ? error : { body: { __type: 'InternalFailureException' } };
    yield message('exception', String(body.__type), { message: 'message' in body ? body.message : String(error) });
  }
}
