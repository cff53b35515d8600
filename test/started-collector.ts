/** The collector's HTTP server on a free port. Stop it in afterEach. */
import type { AddressInfo } from 'node:net';
import { rulesOf, type CollectorSettings } from '../collector/config';
import { closeCollectorServer, createCollectorServer } from '../collector/server';
import { createCollectorTelemetry } from '../collector/telemetry';
import type { Producer } from '../kinesis-client/producer/producer';
import { decodeCollectorPayload, type CollectorPayload } from '../protocol/collector-payload';
import { systemClock } from '../runtime/clock';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { systemRandom } from '../runtime/random';
import { collectorSettings } from './collector-builders';
import { FakeProducer } from './fake-producer';

export interface ServedCollector {
  readonly port: number;
  /** The value of a metric, all labels together. */
  metric(name: string): Promise<number>;
  /** Refuses new connections at once; ends when requests in flight have, or after the bound. */
  stop(timeoutMs?: number): Promise<void>;
}

type Changes = Partial<CollectorSettings['collector']>;

/** With producers of the test's own. */
export async function serveCollector(
  producers: { readonly raw: Producer; readonly bad: Producer },
  changes: Changes = {},
): Promise<ServedCollector> {
  const settings = collectorSettings(changes);
  const metrics = createMetrics();
  const server = createCollectorServer({
    settings,
    rules: rulesOf(settings, 'flotilla-0.0.0-kinesis'),
    processor: { artifact: 'flotilla-collector', version: '0.0.0' },
    ...producers,
    clock: systemClock,
    random: systemRandom,
    telemetry: createCollectorTelemetry(metrics, silentLogger),
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    port: (server.server.address() as AddressInfo).port,
    metric: async (name) => {
      const values = (await metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
      return values.reduce((sum, { value }) => sum + value, 0);
    },
    stop: (timeoutMs = 1_000) => closeCollectorServer(server, systemClock, timeoutMs),
  };
}

export interface StartedCollector extends ServedCollector {
  readonly raw: FakeProducer;
  readonly bad: FakeProducer;
  /** What the raw stream has, decoded. */
  payloads(): CollectorPayload[];
  badRows(): { schema: string; data: { failure: { expectation: string } } }[];
}

/** With producers that tests can look into. */
export async function startCollector(changes: Changes = {}): Promise<StartedCollector> {
  const [raw, bad] = [new FakeProducer(), new FakeProducer()];
  return {
    ...(await serveCollector({ raw, bad }, changes)),
    raw,
    bad,
    payloads: () =>
      raw.stored.map(({ data }) => {
        const decoded = decodeCollectorPayload(data);
        if (!decoded.ok) throw new Error(decoded.error);
        return decoded.payload;
      }),
    badRows: () => bad.stored.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as never),
  };
}
