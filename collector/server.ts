/**
 * The HTTP shell of the collector: reads a request within bounds, lets `decide` decide, waits until the records are
 * durable and answers. Makes no decision of its own.
 *
 * Fastify's router decodes and normalises paths by its own rules and the protocol has others (route.ts): every request
 * takes one route, and its body one parser, whatever its content type says.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Producer } from '../kinesis-client/producer/producer';
import type { Processor } from '../protocol/bad-row';
import type { Clock } from '../runtime/clock';
import type { Random } from '../runtime/random';
import type { CollectorSettings } from './config';
import { decide, type CollectorRecord, type Decision } from './decide';
import { readOrigin } from './origin';
import { decompress, readBody, type Body } from './read-body';
import { tooLarge, unavailable, type Reply } from './reply';
import { header, type CollectorRequest, type Header } from './request';
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

export function createCollectorServer(deps: CollectorDependencies): FastifyInstance {
  const { settings } = deps;
  const server = fastify({
    logger: false,
    rewriteUrl: () => '/',
    exposeHeadRoutes: false,
    connectionTimeout: 0,
    keepAliveTimeout: settings.idleTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    return503OnClosing: false,
    http: { maxHeaderSize: settings.headersBytesMax, headersTimeout: settings.headersTimeoutMs },
  });
  server.server.maxConnections = settings.connectionsMax;
  const collector = new Collector(deps);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    '*',
    (_request: FastifyRequest, stream: IncomingMessage, done: (error: null, body: unknown) => void) =>
      done(null, stream),
  );
  server.addHook('onRequest', (request, _reply, done) => {
    // What the client says of its body stays in rawHeaders; here it only chooses the parser.
    if (request.raw.headers['content-type'] !== undefined)
      request.raw.headers['content-type'] = 'application/octet-stream';
    done();
  });
  server.all('/', (request, reply) => collector.handle(request, reply));
  server.setNotFoundHandler((request, reply) => collector.handle(request, reply));
  return server;
}

class Collector {
  private bodiesBytes = 0;

  constructor(private readonly deps: CollectorDependencies) {}

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const answer = await this.answer(request);
    this.deps.telemetry.answered(answer.status);
    send(request, reply, answer);
  }

  private async answer(request: FastifyRequest): Promise<Reply> {
    const headers = headersOf(request.raw);
    const origin = readOrigin(headers);
    if (this.bodiesBytes > this.deps.settings.bodiesBytesMax) return unavailable(origin);
    let held = 0;
    const hold = (bytes: number): void => {
      held += bytes;
      this.addBodies(bytes);
    };
    try {
      const body = request.method === 'POST' ? await this.readBody(request, headers, hold) : noBody;
      if (body === null) return tooLarge(origin);
      const decision = this.decide(request, headers, body);
      return (await this.store(decision)) ? decision.reply : unavailable(origin);
    } finally {
      this.addBodies(-held);
    }
  }

  private async readBody(
    request: FastifyRequest,
    headers: readonly Header[],
    held: (bytes: number) => void,
  ): Promise<Body | null> {
    const { bodyBytesMax: keepBytesMax, bodyBytesDrop: readBytesMax } = this.deps.settings;
    const body = await readBody(request.raw, { keepBytesMax, readBytesMax }, held);
    return body === null ? null : decompress(body, header(headers, 'content-encoding'), keepBytesMax);
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
    try {
      const options = { timeoutMs: settings.putTimeoutMs };
      await Promise.all([raw.put(of('raw'), options), bad.put(of('bad'), options)]);
    } catch (error) {
      telemetry.refused(clock.monotonicMs(), error);
      return false;
    }
    telemetry.recovered(clock.monotonicMs());
    telemetry.stored('raw', of('raw').length);
    telemetry.stored('bad', of('bad').length);
    telemetry.eventTook(clock.monotonicMs() - startedMs);
    return true;
  }

  private addBodies(bytes: number): void {
    this.bodiesBytes += bytes;
    this.deps.telemetry.bodiesHeld(this.bodiesBytes);
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

function send(request: FastifyRequest, reply: FastifyReply, answer: Reply): void {
  void reply.code(answer.status);
  for (const [name, value] of answer.headers) void reply.header(name, value);
  if (!request.raw.complete) void reply.header('Connection', 'close');
  if (request.method === 'HEAD') void reply.header('Content-Length', Buffer.byteLength(answer.body)).send();
  else void reply.send(answer.body);
}
