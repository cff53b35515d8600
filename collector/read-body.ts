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

/** Null when the body is over `readBytesMax`. Rejects when the client goes away in the middle of it. */
export async function readBody(
  stream: Readable,
  limits: BodyLimits,
  held: (bytes: number) => void,
): Promise<Body | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop must not destroy the connection: a body that is too large still gets its answer.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limits.readBytesMax) return null;
    const room = limits.keepBytesMax - (bytes - chunk.length);
    if (room <= 0) continue;
    chunks.push(room < chunk.length ? chunk.subarray(0, room) : chunk);
    held(Math.min(room, chunk.length));
  }
  return { kept: Buffer.concat(chunks), bytes };
}

const decoders: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** An encoding that is unknown or broken, or that opens to more than is kept: the bytes as they came. */
export async function decompress(body: Body, encoding: string | undefined, keepBytesMax: number): Promise<Body> {
  const decode = decoders[encoding?.trim().toLowerCase() ?? ''];
  if (decode === undefined || body.bytes > body.kept.length) return body;
  try {
    const opened = await decode(body.kept, { maxOutputLength: keepBytesMax });
    return { kept: opened, bytes: opened.length };
  } catch {
    return body; // the enricher says what is wrong with it, in a bad row
  }
}
