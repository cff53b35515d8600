/**
 * The private port of every process: /metrics for Prometheus and /health for the supervisor. Loopback by default.
 */
import fastify, { type FastifyInstance } from 'fastify';
import { port, text } from './config';
import type { Metrics } from './metrics';

export const metricsFields = {
  host: text({ default: '127.0.0.1', doc: 'The address that /metrics and /health listen on.' }),
  port: port({ doc: 'The port of /metrics and /health.' }),
};

/** What the process says of itself: null when all is well, else one sentence. Health means "has progressed lately". */
export type HealthCheck = () => string | null;

/** Not listening yet; a service may add private routes before `listen`. */
export function createAdminServer(metrics: Metrics, health: HealthCheck): FastifyInstance {
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  server.get('/health', (_request, reply) => {
    const fault = health();
    return reply.code(fault === null ? 200 : 503).send({ healthy: fault === null, fault });
  });
  return server;
}
