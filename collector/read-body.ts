/** Reads a request's body to its end within bounds: keeps at most so many bytes, counts all, undoes its compression. */
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

export interface BodyLimits {
  /** So much is kept; a longer body is counted to its end. */
  readonly keepBytesMax: number;
  /** A body over this is not read any further. */
  readonly readBytesMax: number;
}

export interface Body {
  readonly kept: Buffer;
  readonly bytes: number;
}

/** Why a body was not read to its end: it is over `readBytesMax`, or all bodies together need too much memory. */
export type Unread = 'too-large' | 'no-room';

/** Says that so many bytes more are kept; false when there is no room for them. */
export type Hold = (bytes: number) => boolean;

/** Rejects when the client goes away in the middle of it. Leaves the connection open whatever comes of it. */
export function readBody(stream: Readable, limits: BodyLimits, hold: Hold): Promise<Body | Unread> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = (why: Unread): void => {
      stream.off('data', take).pause();
      chunks.length = 0;
      resolve(why);
    };
    const take = (chunk: Buffer): void => {
      const room = limits.keepBytesMax - bytes;
      bytes += chunk.length;
      if (bytes > limits.readBytesMax) return stop('too-large');
      if (room <= 0) return;
      const kept = room < chunk.length ? chunk.subarray(0, room) : chunk;
      if (!hold(kept.length)) return stop('no-room');
      chunks.push(kept);
    };
    stream
      .on('data', take)
      .once('end', () => resolve({ kept: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks), bytes }))
      .once('error', reject)
      .once('close', () => {
        if (!stream.readableEnded) reject(new Error('the client went away'));
      });
  });
}

const decoders: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * An encoding that is unknown or broken: the bytes as they came, the enricher says in a bad row what is wrong with them.
 * What opens to more than is kept counts as one byte over it: nobody unpacks a bomb to measure it.
 */
export async function decompress(body: Body, encoding: string | undefined, keepBytesMax: number): Promise<Body> {
  const decode = decoders[encoding?.trim().toLowerCase() ?? ''];
  if (decode === undefined || body.bytes > body.kept.length) return body;
  try {
    const opened = await decode(body.kept, { maxOutputLength: keepBytesMax });
    return { kept: opened, bytes: opened.length };
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? { kept: body.kept, bytes: keepBytesMax + 1 } : body;
  }
}
