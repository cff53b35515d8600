/**
 * How many requests a collector answers on one core: `npx tsc -p . && node dist/bench/collector.js [seconds] [connections]`.
 * The producer says at once that records are durable, so this is the cost of HTTP and of the decision. The reference, in the
 * same run, is a bare Fastify that reads the body and answers `ok`. The load comes from a process of its own; CPU time of the
 * serving process tells what a request costs even when other work takes the machine's cores.
 */
import { fork } from 'node:child_process';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { collectorFields, rulesOf } from '../collector/config';
import { createCollectorServer } from '../collector/server';
import { createCollectorTelemetry } from '../collector/telemetry';
import { systemClock } from '../runtime/clock';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { systemRandom } from '../runtime/random';
import { defaultSettings } from '../test/default-settings';

const event = {
  e: 'pv', p: 'web', tv: 'js-4.6.8', aid: 'shop', eid: '3b770ef3-1cfb-49b3-a625-65ff67afeab7', dtm: '1700000000000',
  url: 'https://shop.example/products/1234?utm_source=mail', page: 'A product that somebody looks at', cx: 'eyJzY2hlbWEiOiJ4'.repeat(40),
}; // prettier-ignore
const body = JSON.stringify({
  schema: 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4',
  data: [event],
});
/** A browser's POST of one event. */
const request = [
  'POST /com.snowplowanalytics.snowplow/tp2 HTTP/1.1',
  'Host: collector.example',
  'Connection: keep-alive',
  `Content-Length: ${Buffer.byteLength(body)}`,
  'sec-ch-ua-platform: "Linux"',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Content-Type: application/json; charset=UTF-8',
  'Accept: */*',
  'Origin: https://shop.example',
  'Sec-Fetch-Site: cross-site',
  'Referer: https://shop.example/',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9',
  'Cookie: sp=6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11',
  'X-Forwarded-For: 203.0.113.7',
  '',
  body,
].join('\r\n');

/** The load: connections that ask again as soon as they are answered. Tells the parent how many answers were 200. */
function load(port: number, connections: number): void {
  let answers = 0;
  for (let i = 0; i < connections; i++) {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (chunk: Buffer) => {
      // An answer is a few hundred bytes and comes whole.
      if (!chunk.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(chunk.toString('latin1'));
      answers++;
      socket.write(request);
    });
  }
  process.on('message', () => process.send?.(answers));
}

interface Rate {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

async function measure(server: FastifyInstance, seconds: number, connections: number): Promise<Rate> {
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const child = fork(__filename, ['load', String(port), String(connections)]); // with this process's own options
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
  return { perSecond: (count * 1000) / ms, cpuMicroseconds: (cpu.user + cpu.system) / count };
}

function collector(): FastifyInstance {
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
  server.post('/com.snowplowanalytics.snowplow/tp2', () => Promise.resolve('ok'));
  return server;
}

async function run(seconds: number, connections: number): Promise<void> {
  const cpuOf: number[] = [];
  for (const [name, server] of [
    ['bare Fastify', reference()],
    ['collector', collector()],
  ] as const) {
    const { perSecond, cpuMicroseconds } = await measure(server, seconds, connections);
    cpuOf.push(cpuMicroseconds);
    process.stdout.write(
      `${name}: ${Math.round(perSecond)} requests a second, ${cpuMicroseconds.toFixed(1)} us of CPU each\n`,
    );
  }
  const [bare = 1, ours = 1] = cpuOf;
  process.stdout.write(`the collector takes ${(ours / bare).toFixed(2)} times the CPU of the bare Fastify\n`);
}

if (process.argv[2] === 'load') load(Number(process.argv[3]), Number(process.argv[4]));
else void run(Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 30));
