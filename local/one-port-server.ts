/**
 * One plain port that speaks HTTP/1.1 and clear-text HTTP/2 with prior knowledge, as the fronts of our emulators need
 * (Java's Kinesis clients speak h2c, everybody else HTTP/1.1). It looks at the first bytes of each connection. What a
 * request means is the handler's business; whatever the handler throws becomes a 500, never the end of the process.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface HttpRequest {
  readonly method: string;
  /** The request target as it came: `/` or `/?a=b`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Destroys the connection before the handler is done; what it answers then is not sent. */
  hangUp(): void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent piece by piece when it comes so; it is asked for no more when the client is gone. */
  readonly body: Buffer | string | AsyncIterable<Buffer>;
}

/** `drop` destroys the connection: the client learns nothing. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer | 'drop'>;

export interface OnePortServer {
  /** Resolves to the port, which the system chooses when `port` is 0. */
  listen(port: number, host: string): Promise<number>;
  /** Stops listening and destroys every connection, idle or not. */
  close(): Promise<void>;
}

/** What every HTTP/2 connection that is made with prior knowledge begins with (RFC 9113 section 3.4). */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0');
/** SDK clients keep sockets for minutes: a server that closes them first races with the client's next request. */
const KEEP_ALIVE_MS = 75_000;
/** Lets one body of some MiB come in without waiting for window updates. */
const HTTP2_WINDOW_BYTES = 8 * 1024 * 1024;

/** A body above `bodyBytesMax` is answered 413. */
export function createOnePortServer(handle: HttpHandler, options: { readonly bodyBytesMax: number }): OnePortServer {
  type Incoming = IncomingMessage | Http2ServerRequest;
  type Outgoing = ServerResponse | Http2ServerResponse;

  const onRequest = (request: Incoming, response: Outgoing): void => {
    serve(request, response).catch(() => request.destroy()); // the client went away while sending
  };
  async function serve(request: Incoming, response: Outgoing): Promise<void> {
    const body = await readBody(request, options.bodyBytesMax);
    const answer =
      body === 'too-large'
        ? { status: 413, headers: {}, body: '' }
        : await handle({
            method: request.method ?? '',
            path: request.url ?? '/',
            headers: request.headers,
            body,
            hangUp: () => drop(request),
          }).catch((error: unknown) => ({ status: 500, headers: {}, body: String(error) }));
    if (answer === 'drop') return drop(request);
    const { status, headers, body: answered } = answer;
    if (typeof answered !== 'string' && !Buffer.isBuffer(answered)) {
      response.writeHead(status, headers);
      const pieces = Readable.from(answered);
      // A pipeline into what is closed already may leave its source open.
      return pipeline(pieces, response).finally(() => pieces.destroy());
    }
    response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(answered)) });
    response.end(answered);
    if (body === 'too-large') request.resume();
  }

  const http = createHttpServer({ keepAliveTimeout: KEEP_ALIVE_MS }, onRequest);
  const http2 = createHttp2Server({ settings: { initialWindowSize: HTTP2_WINDOW_BYTES } }, onRequest);
  http2.on('session', (session) => session.setLocalWindowSize(HTTP2_WINDOW_BYTES));

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    whenKnown(socket, (isHttp2) => (isHttp2 ? http2 : http).emit('connection', socket));
  });

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Reads just enough of the connection to tell the protocols apart, puts it back and hands the socket on. */
function whenKnown(socket: Socket, handOn: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk]);
    const compared = Math.min(seen.length, HTTP2_PREFACE.length);
    const isHttp2 = seen.subarray(0, compared).equals(HTTP2_PREFACE.subarray(0, compared));
    if (isHttp2 && compared < HTTP2_PREFACE.length) return;
    socket.off('data', onData);
    socket.pause();
    socket.unshift(seen);
    handOn(isHttp2);
    if (!isHttp2) socket.resume();
  };
  socket.on('data', onData);
}

async function readBody(request: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk); // the rest is read and thrown away, so that the client can hear the answer
  }
  if (bytes > bytesMax) return 'too-large';
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes);
}

function drop(request: IncomingMessage | Http2ServerRequest): void {
  if ('stream' in request) request.stream.session?.destroy();
  else request.socket.destroy();
}
