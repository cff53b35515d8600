/** Waits until every process of a stack answers /health on its admin port. */
import { request } from 'node:http';
import type { Clock } from '../../runtime/clock';
import type { App } from './preflight';

const POLL_MS = 100;

/** 'ready', or a line naming those that are not after the deadline; 'aborted' when nobody wants to know any more. */
export async function untilReady(
  apps: readonly App[],
  clock: Clock,
  withinMs: number,
  signal: AbortSignal,
): Promise<'ready' | 'aborted' | { readonly late: string }> {
  const deadlineMs = clock.monotonicMs() + withinMs;
  let waiting = apps.flatMap(({ name, env, instances = 1 }) =>
    Array.from({ length: instances }, (_, i) => ({ name, port: Number(env.FLOTILLA_METRICS_PORT) + i })),
  );
  while (!signal.aborted) {
    const healthy = await Promise.all(waiting.map(({ port }) => isHealthy(port)));
    waiting = waiting.filter((_, i) => !healthy[i]);
    if (signal.aborted) break;
    if (waiting.length === 0) return 'ready';
    if (clock.monotonicMs() > deadlineMs) {
      const names = [...new Set(waiting.map(({ name }) => name))].join(', ');
      return { late: `not ready within ${withinMs / 1000} s: ${names}` };
    }
    await clock.sleep(POLL_MS, signal);
  }
  return 'aborted';
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
