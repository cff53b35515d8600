/**
 * How many requests a collector answers on one core. The producer says at once that records are durable, so this is the cost
 * of HTTP and of the decision. The reference is a bare Fastify that reads the body and answers `ok`. The load comes from a
 * process of its own; CPU time of the serving process tells what a request costs even when other work takes the cores.
 */
import { fork } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { collectorFields, rulesOf } from '../collector/config';
import { createCollectorServer } from '../collector/server';
import { createCollectorTelemetry } from '../collector/telemetry';
import { systemClock } from '../runtime/clock';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { systemRandom } from '../runtime/random';
import { defaultSettings } from '../test/default-settings';
import { collectorPath } from './browser-request';
import { atMost, figure, type Bench } from './check';

/** In units of the bare Fastify: what was measured (README.md), and half as much again. */
const RATIO_MAX = 6;
const CONNECTIONS = 30;

export const collector: Bench = {
  doc: 'what a request costs the collector, beside a bare Fastify',
  async run(seconds) {
    const bare = await measure(reference(), seconds);
    const ours = await measure(collectorServer(), seconds);
    return [
      figure('bare Fastify', bare.perSecond, 'requests/s'),
      figure('bare Fastify: CPU', bare.cpuUs, 'us/request'),
      figure('collector', ours.perSecond, 'requests/s'),
      figure('collector: CPU', ours.cpuUs, 'us/request'),
      atMost(RATIO_MAX, 'collector / bare Fastify, CPU', ours.cpuUs / bare.cpuUs, 'times'),
    ];
  },
};

interface Rate {
  readonly perSecond: number;
  readonly cpuUs: number;
}

async function measure(server: FastifyInstance, seconds: number): Promise<Rate> {
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const child = fork(join(__dirname, 'collector-load.ts'), [String(port), String(CONNECTIONS)]); // with this process's own options
  const answers = (): Promise<number> =>
    new Promise((resolve) => {
      child.once('message', (count) => resolve(count as number));
      child.send('how many?');
    });
  await systemClock.sleep(seconds * 500);
  const before = { answers: await answers(), cpu: process.cpuUsage(), ms: systemClock.monotonicMs() };
  await systemClock.sleep(seconds * 1000);
  const count = (await answers()) - before.answers;
  const cpu = process.cpuUsage(before.cpu);
  const ms = systemClock.monotonicMs() - before.ms;
  child.kill();
  await server.close();
  return { perSecond: (count * 1000) / ms, cpuUs: (cpu.user + cpu.system) / count };
}

function collectorServer(): FastifyInstance {
  const settings = defaultSettings({ collector: collectorFields }).collector;
  const producer = { put: () => Promise.resolve(), flush: () => Promise.resolve(), health: () => null };
  return createCollectorServer({
    settings,
    rules: rulesOf(settings, 'flotilla-0.0.0-kinesis'),
    processor: { artifact: 'flotilla-collector', version: '0.0.0' },
    raw: producer,
    bad: producer,
    clock: systemClock,
    random: systemRandom,
    telemetry: createCollectorTelemetry(createMetrics(), silentLogger),
  });
}

function reference(): FastifyInstance {
  const server = fastify({ logger: false });
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
  server.post(collectorPath, () => Promise.resolve('ok'));
  return server;
}
