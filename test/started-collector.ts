/** The collector's HTTP server on a free port, with producers that tests can look into. Stop it in afterEach. */
import type { AddressInfo } from 'node:net';
import { collectorFields, rulesOf, type CollectorSettings } from '../collector/config';
import { closeCollectorServer, createCollectorServer } from '../collector/server';
import { createCollectorTelemetry } from '../collector/telemetry';
import { decodeCollectorPayload, type CollectorPayload } from '../protocol/collector-payload';
import { systemClock } from '../runtime/clock';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { systemRandom } from '../runtime/random';
import { defaultSettings } from './default-settings';
import { FakeProducer } from './fake-producer';

export interface StartedCollector {
  readonly port: number;
  readonly raw: FakeProducer;
  readonly bad: FakeProducer;
  /** What the raw stream has, decoded. */
  payloads(): CollectorPayload[];
  badRows(): { schema: string; data: { failure: { expectation: string } } }[];
  /** The value of a metric, all labels together. */
  metric(name: string): Promise<number>;
  /** Refuses new connections at once; ends when requests in flight have, or after the bound. */
  stop(timeoutMs?: number): Promise<void>;
}

export async function startCollector(changes: Partial<CollectorSettings['collector']> = {}): Promise<StartedCollector> {
  const settings = { ...defaultSettings({ collector: collectorFields }).collector, ...changes };
  const [raw, bad] = [new FakeProducer(), new FakeProducer()];
  const metrics = createMetrics();
  const server = createCollectorServer({
    settings,
    rules: rulesOf(settings, 'flotilla-0.0.0-kinesis'),
    processor: { artifact: 'flotilla-collector', version: '0.0.0' },
    raw,
    bad,
    clock: systemClock,
    random: systemRandom,
    telemetry: createCollectorTelemetry(metrics, silentLogger),
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    port: (server.server.address() as AddressInfo).port,
    raw,
    bad,
    payloads: () =>
      raw.stored.map(({ data }) => {
        const decoded = decodeCollectorPayload(data);
        if (!decoded.ok) throw new Error(decoded.error);
        return decoded.payload;
      }),
    badRows: () => bad.stored.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as never),
    metric: async (name) => {
      const values = (await metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
      return values.reduce((sum, { value }) => sum + value, 0);
    },
    stop: (timeoutMs = 1_000) => closeCollectorServer(server, systemClock, timeoutMs),
  };
}
