import { jsonCodec } from './codec';
import { EventStream, eventStreamBody, eventStreamFrame, type StreamedEvent } from './event-stream';
import { clientError } from './service-error';

/** A frame as text, without its numbers: header names and values, and the payload. */
const readable = (frame: Buffer): string => frame.toString('latin1').replace(/[^\x20-\x7e]+/g, ' ');

async function bodyOf(events: AsyncIterable<StreamedEvent>): Promise<{ frames: string[]; faults: unknown[] }> {
  const frames: string[] = [];
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  for await (const frame of eventStreamBody(new EventStream(events), jsonCodec, 'application/json', onFault))
    frames.push(readable(frame.subarray(12, -4)));
  return { frames, faults };
}

describe('a frame of an event stream', () => {
  it('of nothing is the one of the specification', () => {
    expect(eventStreamFrame({}, '').toString('hex')).toBe('000000100000000005c248eb7d98c8ff');
  });

  it('has lengths of bytes, not of characters', () => {
    const frame = eventStreamFrame({ ключ: 'é' }, '🔑');
    expect(frame.readUInt32BE(0)).toBe(frame.length);
    expect(frame.readUInt32BE(4)).toBe(1 + 8 + 1 + 2 + 2);
    expect(frame.subarray(-8, -4).toString()).toBe('🔑');
  });
});

describe('the body of an event stream', () => {
  it('begins with the initial response, then come the events', async () => {
    const { frames } = await bodyOf(
      (async function* () {
        yield { type: 'Tick', value: { n: 1 } };
      })(),
    );
    expect(frames).toHaveLength(2);
    expect(frames[0]).toMatch(/:message-type event .*:event-type .*initial-response.*\{\}$/);
    expect(frames[1]).toMatch(/:event-type Tick.*\{"n":1\}$/);
  });

  it.each([
    [clientError('ResourceInUseException', 'taken'), /:exception-type .*ResourceInUseException.*"taken"/, 0],
    [new Error('a bug'), /:exception-type .*InternalFailureException/, 1],
  ])('ends with %s as an exception', async (error, frame, faultsTold) => {
    const { frames, faults } = await bodyOf(
      (async function* (): AsyncGenerator<StreamedEvent> {
        throw error;
      })(),
    );
    expect(frames.at(-1)).toMatch(frame);
    expect(faults).toHaveLength(faultsTold);
  });
});
