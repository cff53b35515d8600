/**
 * The local S3: the calls that Flotilla and its users' readers make, over plain HTTP, path style, on a folder. Signatures
 * are not checked; lengths and checksums are. What S3 has and this has not is refused with NotImplemented. Every call
 * passes the holds and faults of the wire when its body is received and found right.
 * Made by local/main.ts and by tests; not for production, where the real S3 is.
 */
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../runtime/clock';
import { type Logger, silentLogger } from '../../runtime/log';
import { createMetrics, type Metrics } from '../../runtime/metrics';
import type { Random } from '../../runtime/random';
import { passCall, type Wire } from '../faults/pass-call';
import type { Call } from '../gate';
import { type Answer, errorAnswer, type Operation, type S3Request, type Stores } from './answer';
import { bucketOperations } from './bucket-operations';
import { BucketStore } from './bucket-store';
import { Layout } from './layout';
import { objectOperations } from './object-operations';
import { ObjectStore } from './object-store';
import { stageBody, textBody } from './receive-body';
import { routeCall, type S3Call, type S3Operation } from './route';
import { S3Error } from './s3-error';
import { createLocalS3Telemetry } from './telemetry';
import { uploadOperations } from './upload-operations';
import { UploadStore } from './upload-store';

export interface S3ServerOptions {
  /** Buckets are folders in it. One process at a time. */
  folder: string;
  wire: Wire;
  clock: Clock;
  random: Random;
  metrics?: Metrics;
  log?: Logger;
}

export interface S3Server {
  /** Opens the folder and listens. Port 0 takes a free one; resolves to the port. */
  listen(port: number, host?: string): Promise<number>;
  /** Ends all connections, then waits for the calls that are being applied. Close the wire first: held calls count. */
  close(): Promise<void>;
}

/** An error as it stands in an answer. */
type Told = Parameters<typeof errorAnswer>[0];

/** How one request can end other than with its answer. */
interface Answering {
  hangUp(): void;
  told(error: Told): Answer;
  /** For what an operation threw: what is no S3Error is a fault of ours, and told to the log. */
  refused(error: unknown): Answer;
}

const operations: Record<S3Operation, Operation> = { ...bucketOperations, ...objectOperations, ...uploadOperations };

/** Longer than SDK clients keep an idle connection, so that none is closed under a request. */
const keepAliveTimeoutMs = 75_000;

export function createS3Server(options: S3ServerOptions): S3Server {
  const { wire, random } = options;
  const layout = new Layout(options.folder, random);
  const buckets = new BucketStore(layout, options.clock);
  const objects = new ObjectStore(layout, options.clock);
  const uploads = new UploadStore(layout, objects, options.clock, random);
  const stores: Stores = { buckets, objects, uploads };
  const telemetry = createLocalS3Telemetry(options.metrics ?? createMetrics(), options.log ?? silentLogger);
  const inFlight = new Set<Promise<void>>();

  const server = createServer((request, response) => {
    const serving = serve(request, response).finally(() => inFlight.delete(serving));
    inFlight.add(serving);
  });
  server.keepAliveTimeout = keepAliveTimeoutMs;

  /** Never rejects. */
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = random.uuid();
    const answer = await answerTo(request, requestId);
    if (answer === 'drop') return void request.socket.destroy();
    telemetry.answered(answer.status);
    try {
      await send(answer, request, response, requestId);
    } catch (error) {
      if (!request.socket.destroyed) telemetry.failed('send', error); // else the client left in the middle of its answer
      response.destroy();
      if (answer.body instanceof Readable) answer.body.destroy(); // a pipeline into what is closed already may leave it open
    }
  }

  async function answerTo(request: IncomingMessage, requestId: string): Promise<Answer | 'drop'> {
    const told = (error: Told): Answer => errorAnswer(error, request.url ?? '', requestId);
    const refused = (error: unknown, operation: string): Answer => {
      if (!(error instanceof S3Error)) telemetry.failed(operation, error);
      return told(error instanceof S3Error ? error : new S3Error('InternalError'));
    };
    let operation = 'unknown';
    try {
      const call = routeCall(request.method ?? '', request.url ?? '', request.headers);
      operation = call.operation;
      const place = callOf(call);
      const input = await receive(request, call, layout, damageOf(wire, place));
      const hangUp = (): void => void request.socket.destroy();
      return await apply(input, place, { hangUp, told, refused: (error) => refused(error, operation) });
    } catch (error) {
      const isGone = request.destroyed && !request.complete; // the client left in the middle of its body
      return isGone ? 'drop' : refused(error, operation);
    }
  }

  async function apply(
    received: Omit<S3Request, 'completeAgain'>,
    call: Call,
    { hangUp, told, refused }: Answering,
  ): Promise<Answer | 'drop'> {
    const input = { ...received, completeAgain: wire.faults.find('complete-again', call) };
    let applied: Answer | undefined;
    const perform = async (): Promise<Answer> =>
      (applied = await operations[received.call.operation](input, stores).catch(refused));
    try {
      const outcome = await passCall(wire, call, perform, hangUp);
      if (outcome.kind === 'answer') return outcome.value;
      if (applied?.body instanceof Readable) applied.body.destroy();
      return outcome.kind === 'drop' ? 'drop' : told({ ...outcome.error, code: outcome.error.type });
    } finally {
      if (received.staged) await rm(received.staged.file, { force: true });
    }
  }

  return {
    async listen(port, host = '127.0.0.1') {
      await buckets.open();
      await uploads.open(buckets);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      return (server.address() as AddressInfo).port;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await Promise.allSettled(inFlight);
    },
  };
}

const callOf = ({ operation, bucket, key, queryText }: S3Call): Call => ({
  service: 's3',
  operation,
  resource: `${bucket}/${key}`,
  detail: queryText,
});

/** What a fault does to the bytes of a body: one bit of the first ones is turned, once. */
function damageOf({ faults }: Wire, call: Call): (bytes: Buffer) => Buffer {
  let fault = faults.find('corrupt', call);
  return (bytes) => {
    if (fault === null || bytes.length === 0) return bytes;
    fault.struck();
    fault = null;
    const damaged = Buffer.from(bytes);
    damaged[0]! ^= 1;
    return damaged;
  };
}

async function receive(
  request: IncomingMessage,
  call: S3Call,
  layout: Layout,
  damage: (bytes: Buffer) => Buffer,
): Promise<Omit<S3Request, 'completeAgain'>> {
  const { headers } = request;
  // Not destroyed when a body is refused: the client shall read the answer.
  const bytes = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  if (call.operation === 'PutObject' || call.operation === 'UploadPart') {
    return { call, headers, text: '', staged: await stageBody(bytes, headers, layout.newStaged(), damage) };
  }
  const isOfObject = call.operation === 'CompleteMultipartUpload';
  return { call, headers, text: await textBody(bytes, headers, { isOfObject }) };
}

async function send(
  { status, headers, body = '' }: Answer,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const hasLength = status !== 204 && status !== 304 && typeof body === 'string';
  response.writeHead(status, {
    'x-amz-request-id': requestId,
    ...(hasLength && { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  });
  if (typeof body === 'string') response.end(request.method === 'HEAD' ? undefined : body);
  else await pipeline(body, response);
}
