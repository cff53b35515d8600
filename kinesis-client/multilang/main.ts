/**
 * A worker of this client in the place of the MultiLangDaemon and its children: the same `.properties` file, the same file of a
 * record processor, one process and no Java. `node main.js --properties app.properties --processor app.js --metrics-port 9100`
 */
import { resolve } from 'node:path';
import { createDynamoDBClient, createKinesisClient } from '../../runtime/aws-clients';
import { runService, type RunningService, type ServiceContext } from '../../runtime/service';
import { createWorker } from '../worker';
import { checkKclWorker, kclWorkerSections, readPropertiesFile } from './kcl-worker-config';
import { loadProcessorFile } from './processor-file';
import { propertiesRead } from './telemetry';

void runService({
  name: 'kcl-worker',
  sections: kclWorkerSections,
  bareSection: 'kcl',
  check: checkKclWorker,
  stopDeadlineMs: 660_000, // more than the longest grace
  start,
});

async function start(context: ServiceContext<typeof kclWorkerSections>): Promise<RunningService> {
  const { settings, clock, random, metrics, log, die } = context;
  const read = readPropertiesFile(settings.kcl.properties);
  if (read.kind === 'faults') throw new Error(read.faults.join('; ')); // it was right a moment ago
  propertiesRead(log, read);
  const processorFactory = loadProcessorFile(resolve(settings.kcl.processor));
  const aws = { ...settings.aws, ...read.settings.aws };
  const clients = {
    kinesis: createKinesisClient(aws, read.credentials.kinesis),
    dynamodb: createDynamoDBClient(aws, read.credentials.dynamodb),
  };
  const { applicationName, tableName, streamName, workerName, initialPosition } = read;
  const worker = createWorker({
    ...{ applicationName, tableName, streamName, workerName, initialPosition, processorFactory },
    ...clients,
    settings: { ...settings.kinesisClient, ...read.settings.kinesisClient },
    ...{ clock, random, metrics, log },
    onFatal: die,
  });
  return {
    ready: worker.start(),
    health: () => worker.health(),
    async stop() {
      await worker.stop();
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
