/**
 * The HTTP shell of the collector: reads a request within bounds, lets `decide` decide, waits until the records are
 * durable and answers. Makes no decision of its own.
 *
 * Fastify's router decodes and normalises paths by its own rules and the protocol has others (route.ts): every request
 * takes one route, its body one parser, whatever its content type says, and its answer is written as it was decided.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Producer } from '../kinesis-client/producer/producer';
import type { Processor } from '../protocol/bad-row';
import type { Clock } from '../runtime/clock';
import type { Random } from '../runtime/random';
import type { CollectorSettings } from './config';
import { decide, type CollectorRecord, type Decision } from './decide';
import { readOrigin } from './origin';
import { decompress, readBody, type Body, type Hold, type Unread } from './read-body';
import { refuseConnection } from './refuse-connection';
import { text, tooLarge, unavailable, type Reply } from './reply';
import { hasOneHost, header, type CollectorRequest, type Header } from './request';
import type { CollectorRules } from './rules';
import type { CollectorTelemetry } from './telemetry';

export interface CollectorDependencies {
  readonly settings: CollectorSettings['collector'];
  readonly rules: CollectorRules;
  readonly processor: Processor;
  readonly raw: Producer;
  readonly bad: Producer;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: CollectorTelemetry;
}

/** How often Node looks for requests that are over their time; its own default adds up to 30 s to both timeouts. */
const CHECK_TIMEOUTS_MS = 5_000;

/** Stop it by `closeCollectorServer`. */
export function createCollectorServer(deps: CollectorDependencies): FastifyInstance {
  const { settings, telemetry } = deps;
  const collector = new Collector(deps);
  const server = fastify({
    logger: false,
    rewriteUrl: () => '/',
    exposeHeadRoutes: false,
    connectionTimeout: 0,
    keepAliveTimeout: settings.idleTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, telemetry.answered),
    http: {
      maxHeaderSize: settings.headersBytesMax,
      headersTimeout: settings.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_TIMEOUTS_MS, settings.headersTimeoutMs),
    },
  });
  server.server.maxConnections = settings.connectionsMax;
  server.server.maxHeadersCount = 0; // their bytes are bounded; Node would silently drop those past 2000
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request: FastifyRequest, stream: IncomingMessage, done: BodyParsed) =>
    done(null, stream),
  );
  server.addHook('onRequest', (request, _reply, done) => {
    // What the client says of its body stays in rawHeaders; here it only chooses the parser.
    const { headers } = request.raw;
    if (headers['content-type'] !== undefined) headers['content-type'] = 'application/octet-stream';
    done();
  });
  server.addHook('preClose', (done) => {
    collector.isClosing = true;
    done();
  });
  server.all('/', (request, reply) => collector.handle(request, reply));
  server.setNotFoundHandler((request, reply) => collector.handle(request, reply));
  server.setErrorHandler((error, request, reply) => collector.fail(error, request, reply));
  return server;
}

type BodyParsed = (error: null, body: unknown) => void;

/** Refuses new connections, lets requests in flight be answered, and after `timeoutMs` closes what is still open. */
export async function closeCollectorServer(server: FastifyInstance, clock: Clock, timeoutMs: number): Promise<void> {
  const inTime = new AbortController();
  const closed = server.close().then(() => inTime.abort());
  await clock.sleep(timeoutMs, inTime.signal);
  server.server.closeAllConnections();
  await closed;
}

class Collector {
  /** Every answer from now on is its connection's last. */
  isClosing = false;
  private bodiesBytes = 0;

  constructor(private readonly deps: CollectorDependencies) {}

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    try {
      const answer = await this.answer(request);
      if (answer !== null) this.send(request, reply.raw, answer);
    } catch (error) {
      this.fail(error, request, reply);
    }
  }

  /** For what is our own bug: logged, answered, and nothing of it told to the client. */
  fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    this.deps.telemetry.failed(error);
    reply.hijack();
    if (reply.raw.headersSent) reply.raw.destroy();
    else this.send(request, reply.raw, text(500, 'Internal Server Error'));
  }

  /** Null when the client went away before its request was complete. */
  private async answer(request: FastifyRequest): Promise<Reply | null> {
    const headers = headersOf(request.raw);
    if (!hasOneHost(headers)) return text(400, 'Bad Request');
    let held = 0;
    const hold: Hold = (bytes) => {
      held += bytes;
      this.addBodies(bytes);
      return this.bodiesBytes <= this.deps.settings.bodiesBytesMax;
    };
    try {
      const body = request.method === 'POST' ? await this.readBody(request.raw, headers, hold) : noBody;
      if (body === 'gone') return null;
      if (body === 'too-large') return tooLarge(readOrigin(headers));
      if (body === 'no-room') return unavailable(readOrigin(headers));
      const decision = this.decide(request, headers, body);
      return (await this.store(decision)) ? decision.reply : unavailable(readOrigin(headers));
    } finally {
      if (held > 0) this.addBodies(-held);
    }
  }

  private async readBody(
    raw: IncomingMessage,
    headers: readonly Header[],
    hold: Hold,
  ): Promise<Body | Unread | 'gone'> {
    const { bodyBytesMax: keepBytesMax, bodyBytesDrop: readBytesMax } = this.deps.settings;
    if (Number(header(headers, 'content-length')) > readBytesMax) return 'too-large';
    try {
      const body = await readBody(raw, { keepBytesMax, readBytesMax }, hold);
      const encoding = header(headers, 'content-encoding');
      if (typeof body === 'string' || encoding === undefined) return body;
      const opened = await decompress(body, encoding, keepBytesMax);
      return opened === body || hold(opened.kept.length) ? opened : 'no-room';
    } catch (error) {
      if (!raw.destroyed || raw.complete) throw error;
      this.deps.telemetry.clientGone();
      return 'gone';
    }
  }

  private decide(request: FastifyRequest, headers: readonly Header[], body: Body): Decision {
    const { rules, processor, clock, random, raw, bad } = this.deps;
    const facts: CollectorRequest = {
      method: request.method,
      target: request.originalUrl,
      headers,
      body: body.kept,
      bodyBytes: body.bytes,
      peer: request.socket.remoteAddress ?? '',
    };
    const sinkHealthy = raw.health() === null && bad.health() === null;
    return decide(facts, { rules, processor, nowMs: clock.wallMs(), random, sinkHealthy });
  }

  /** True when every record is durable within the bound. */
  private async store({ records }: Decision): Promise<boolean> {
    if (records.length === 0) return true;
    const { raw, bad, clock, telemetry, settings } = this.deps;
    const startedMs = clock.monotonicMs();
    const of = (stream: CollectorRecord['stream']) => records.filter((record) => record.stream === stream);
    const [rawRecords, badRecords] = [of('raw'), of('bad')];
    try {
      const options = { timeoutMs: settings.putTimeoutMs };
      await Promise.all([raw.put(rawRecords, options), bad.put(badRecords, options)]);
    } catch (error) {
      telemetry.refused(clock.monotonicMs(), error);
      return false;
    }
    const nowMs = clock.monotonicMs();
    telemetry.recovered(nowMs);
    telemetry.stored(rawRecords.length, badRecords.length);
    telemetry.eventTook(nowMs - startedMs);
    return true;
  }

  private addBodies(bytes: number): void {
    this.bodiesBytes += bytes;
    this.deps.telemetry.bodiesHeld(this.bodiesBytes);
  }

  private send({ raw, method }: FastifyRequest, response: ServerResponse, { status, headers, body }: Reply): void {
    const isLast = this.isClosing || !raw.complete;
    response.writeHead(status, [
      ...headers.flat(),
      'Content-Length',
      String(Buffer.byteLength(body)),
      ...(isLast ? ['Connection', 'close'] : []),
    ]);
    response.end(method === 'HEAD' ? undefined : body);
    this.deps.telemetry.answered(status);
  }
}

const noBody: Body = { kept: Buffer.alloc(0), bytes: 0 };

/** All lines, in the order and case in which they came. */
function headersOf({ rawHeaders }: IncomingMessage): Header[] {
  const headers: Header[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    headers.push([rawHeaders[i] as string, rawHeaders[i + 1] as string]);
  return headers;
}
