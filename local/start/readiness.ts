/** Waits until every process of a stack answers /health on its admin port. */
import { request } from 'node:http';
import type { Clock } from '../../runtime/clock';
import type { App } from './preflight';

const POLL_MS = 100;

/** Null when all are ready; a line naming those that are not, after the deadline. Ends early (null) when aborted. */
export async function untilReady(
  apps: readonly App[],
  clock: Clock,
  withinMs: number,
  signal: AbortSignal,
): Promise<string | null> {
  const deadlineMs = clock.monotonicMs() + withinMs;
  let waiting = apps.flatMap(({ name, env, instances = 1 }) =>
    Array.from({ length: instances }, (_, i) => ({ name, port: Number(env.FLOTILLA_METRICS_PORT) + i })),
  );
  while (!signal.aborted) {
    const healthy = await Promise.all(waiting.map(({ port }) => isHealthy(port)));
    waiting = waiting.filter((_, i) => !healthy[i]);
    if (waiting.length === 0) return null;
    if (clock.monotonicMs() > deadlineMs) {
      return `not ready within ${withinMs / 1000} s: ${[...new Set(waiting.map(({ name }) => name))].join(', ')}`;
    }
    await clock.sleep(POLL_MS, signal);
  }
  return null;
}

function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/health', timeout: 1_000, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
