/**
 * The HTTP face of the schema store: the reading half of Iglu Server's interface, under its base /api and without it as a
 * static repository has it (snowplow-protocol 5.2, 5.7). Writes nothing.
 *
 * Fastify's router decodes paths; here nothing is decoded (route.ts), so every request takes one route.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { schemaUri, type SchemaKey } from '../protocol/schema-key';
import type { HealthCheck } from '../runtime/admin-server';
import type { Clock } from '../runtime/clock';
import { messageOf } from '../runtime/errors';
import type { SchemaServerSettings } from './config';
import { routeOf, type SchemaFilter } from './route';
import type { SchemaStore } from './schema-store';
import type { RequestOutcome, SchemaServerTelemetry } from './telemetry';

export interface SchemaServerDependencies {
  readonly settings: Pick<SchemaServerSettings, 'requestTimeoutMs' | 'idleTimeoutMs' | 'connectionsMax'>;
  readonly store: SchemaStore;
  readonly clock: Clock;
  readonly telemetry: SchemaServerTelemetry;
}

export interface SchemaServer {
  /** Not listening yet. Closing it breaks off what is open: whoever asked asks again. */
  readonly http: FastifyInstance;
  readonly health: HealthCheck;
}

export function createSchemaServer(deps: SchemaServerDependencies): SchemaServer {
  const { settings } = deps;
  const http = fastify({
    logger: false,
    rewriteUrl: () => '/',
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    connectionTimeout: 0,
    keepAliveTimeout: settings.idleTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    http: { headersTimeout: settings.requestTimeoutMs },
  });
  http.server.maxConnections = settings.connectionsMax;
  const handler = new Handler(deps);
  // No request has a body that anybody reads, whatever its content type says.
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('*', (_request, _stream, done) => done(null));
  http.all('/', (request, reply) => handler.handle(request, reply));
  http.setNotFoundHandler((request, reply) => handler.handle(request, reply));
  return { http, health: () => handler.fault };
}

interface Answer {
  readonly status: number;
  readonly outcome: RequestOutcome;
  readonly body: Uint8Array;
  readonly contentType: 'application/json' | 'text/plain';
  readonly headers?: Readonly<Record<string, string>>;
}

const json = (status: number, outcome: RequestOutcome, value: unknown): Answer => ({
  status,
  outcome,
  body: Buffer.from(JSON.stringify(value)),
  contentType: 'application/json',
});
const message = (status: number, outcome: RequestOutcome, text: string): Answer =>
  json(status, outcome, { message: text });

const notFound = message(404, 'missing', 'The schema is not found');
const noSchemas = message(404, 'missing', 'No schemas available');
const unknownEndpoint = message(404, 'refused', 'The endpoint does not exist');
const wrongMethod = message(405, 'refused', 'The method is not allowed: schemas are read with GET');
const unavailable = message(503, 'failed', 'The schemas cannot be read now');
const healthy: Answer = { status: 200, outcome: 'health', body: Buffer.from('OK'), contentType: 'text/plain' };

/** How clients tell an answer of which we are not sure from one that is final. */
const unsureHeader = { 'x-flotilla-lookup': 'unsure' };
/** Names are any text; a header has ASCII. */
const fromHeader = (repository: string | undefined): Record<string, string> =>
  repository === undefined ? {} : { 'x-flotilla-repository': encodeURIComponent(Buffer.from(repository).toString()) };

function missing({ history, isUnsure = false }: { readonly history?: unknown; readonly isUnsure?: boolean }): Answer {
  if (history === undefined) return notFound;
  const answer = json(404, isUnsure ? 'unsure' : 'missing', {
    message: 'The schema is not found',
    lookupHistory: history,
  });
  return isUnsure ? { ...answer, headers: unsureHeader } : answer;
}

class Handler {
  /** What the last look into the store ran into. */
  fault: string | null = null;

  constructor(private readonly deps: SchemaServerDependencies) {}

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { clock, telemetry } = this.deps;
    const startedMs = clock.monotonicMs();
    const answer = await this.answer(request.method, request.originalUrl);
    telemetry.answered(answer.outcome, clock.monotonicMs() - startedMs);
    send(request, reply, answer);
  }

  private async answer(method: string, target: string): Promise<Answer> {
    const route = routeOf(method, target);
    switch (route.kind) {
      case 'schema':
        return this.look(() => this.schema(route.key));
      case 'list':
        return this.look(() => this.list(route.filter));
      case 'health':
        return healthy;
      case 'no-schema':
        return notFound;
      case 'wrong-method':
        return wrongMethod;
      case 'unknown':
        return unknownEndpoint;
    }
  }

  private async schema(key: SchemaKey): Promise<Answer> {
    const found = await this.deps.store.find(key);
    switch (found.kind) {
      case 'found':
        return { status: 200, outcome: 'found', body: found.text, contentType: 'application/json', headers: fromHeader(found.repository) };
      case 'missing':
        return missing(found);
      case 'wait':
        return json(503, 'waiting', { message: 'The schema must be waited for: a repository cannot be asked now', lookupHistory: found.history });
      case 'unusable':
        return message(404, 'unusable', `The schema is not found: its file ${found.reason}`);
    }
  } // prettier-ignore

  private async list(filter: SchemaFilter): Promise<Answer> {
    const keys = await this.deps.store.list(filter);
    if (keys.length === 0 && filter.model !== undefined) return noSchemas;
    return json(200, 'listed', keys.map(schemaUri));
  }

  /** A store that cannot be read is answered 503, which clients ask again after; the process goes on. */
  private async look(run: () => Promise<Answer>): Promise<Answer> {
    const { telemetry } = this.deps;
    try {
      const answer = await run();
      this.fault = null;
      telemetry.recovered();
      return answer;
    } catch (error) {
      this.fault = messageOf(error);
      telemetry.failed(error);
      return unavailable;
    }
  }
}

function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): void {
  void reply.code(answer.status).type(answer.contentType).header('Content-Length', answer.body.length);
  if (answer.headers !== undefined) void reply.headers(answer.headers);
  if (answer.status === 405) void reply.header('Allow', 'GET, HEAD');
  if (!request.raw.complete) void reply.header('Connection', 'close');
  void reply.send(request.method === 'HEAD' ? undefined : answer.body);
}
