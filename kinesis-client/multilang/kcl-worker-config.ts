/** The settings of the worker that main.ts runs from a `.properties` file. What that file sets counts; the rest is as everywhere. */
import { readFileSync } from 'node:fs';
import { awsFields } from '../../runtime/aws-clients';
import { text, type Settings } from '../../runtime/config';
import { messageOf } from '../../runtime/errors';
import { kinesisClientFields } from '../config';
import { readKclProperties, type KclFaults, type KclProperties } from './kcl-properties';

const kclFields = {
  properties: text({
    doc: 'A .properties file of the MultiLangDaemon: names the application and the stream. What it sets goes before the other settings.',
  }),
  processor: text({
    doc: 'The JavaScript file of the record processor: it exports a function that makes one for a shard, or calls kcl(processor).run().',
  }),
};

export const kclWorkerSections = { kcl: kclFields, aws: awsFields, kinesisClient: kinesisClientFields };

/** Each fault of the file one line. */
export function checkKclWorker({ kcl }: Settings<typeof kclWorkerSections>): string[] {
  const read = readPropertiesFile(kcl.properties);
  return read.kind === 'faults' ? [...read.faults] : [];
}

/** Java reads these files as Latin 1; anything else is written with `\u`. */
export function readPropertiesFile(path: string): KclProperties | KclFaults {
  let content: string;
  try {
    content = readFileSync(path, 'latin1');
  } catch (error) {
    return { kind: 'faults', faults: [`kcl.properties cannot be read: ${messageOf(error)}`] };
  }
  const read = readKclProperties(content);
  return read.kind === 'properties' ? read : { ...read, faults: read.faults.map((fault) => `${path}: ${fault}`) };
}
