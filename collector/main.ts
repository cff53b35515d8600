/** The collector: takes events over HTTP and answers when Kinesis has them. */
import { createProducer } from '../kinesis-client/producer/producer';
import { createProducerTelemetry } from '../kinesis-client/producer/telemetry';
import { createKinesisClient } from '../runtime/aws-clients';
import { runService } from '../runtime/service';
import { PROGRAM_VERSION } from '../runtime/version';
import { checkCollector, collectorSections, rulesOf } from './config';
import { createCollectorServer } from './server';
import { createCollectorTelemetry } from './telemetry';

/** What stays open after the last answer: the time a flush may take is the time that a request may wait. */
const STOP_MARGIN_MS = 2_000;
const STOP_DEADLINE_MS = 600_000 + 4_500 + STOP_MARGIN_MS;

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
        server.server.closeIdleConnections();
        await server.close();
        await Promise.all([raw.flush(), bad.flush()]);
        kinesis.destroy();
      },
    };
  },
});
