/** The collector: takes events over HTTP and answers when Kinesis has them. */
import { createProducer } from '../kinesis-client/producer/producer';
import { createProducerTelemetry } from '../kinesis-client/producer/telemetry';
import { createKinesisClient } from '../runtime/aws-clients';
import { runService } from '../runtime/service';
import { PROGRAM_VERSION } from '../runtime/version';
import { checkCollector, collectorSections, rulesOf } from './config';
import { closeCollectorServer, createCollectorServer } from './server';
import { createCollectorTelemetry } from './telemetry';

/** The settings' own bounds: going on, requests in flight, a put that may still run, and a margin. */
const STOP_DEADLINE_MS = 600_000 + 60_000 + 4_500 + 2_000;

void runService({
  name: 'collector',
  sections: collectorSections,
  check: checkCollector,
  stopDeadlineMs: STOP_DEADLINE_MS,
  async start({ settings, metrics, log, clock, random }) {
    const kinesis = createKinesisClient({ ...settings.aws, attemptsMax: 1 }); // the producer itself tries again
    const telemetry = createProducerTelemetry(metrics, log);
    const producer = (stream: string) =>
      createProducer(kinesis, stream, { settings: settings.producer, clock, random, telemetry });
    const raw = producer(settings.stream.raw);
    const bad = producer(settings.stream.bad);
    const server = createCollectorServer({
      settings: settings.collector,
      rules: rulesOf(settings.collector, `flotilla-${PROGRAM_VERSION}-kinesis`),
      processor: { artifact: 'flotilla-collector', version: PROGRAM_VERSION },
      raw,
      bad,
      clock,
      random,
      telemetry: createCollectorTelemetry(metrics, log),
    });
    await server.listen({ host: settings.collector.host, port: settings.collector.port });
    return {
      health: () => raw.health() ?? bad.health(),
      async stop() {
        await clock.sleep(settings.collector.preTerminationMs);
        await closeCollectorServer(server, clock, settings.collector.stopTimeoutMs);
        await Promise.all([raw.flush(), bad.flush()]);
        kinesis.destroy();
      },
    };
  },
});
