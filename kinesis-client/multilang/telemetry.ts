/**
 * What is told here. A child of the MultiLangDaemon has its standard error output only, which the daemon puts into its own log;
 * a worker in the place of both has a log as every process.
 */
import type { Writable } from 'node:stream';
import { messageOf } from '../../runtime/errors';
import type { Logger } from '../../runtime/log';
import type { Callback } from '../shards/telemetry';
import type { KclProperties } from './kcl-properties';

export type MultiLangTelemetry = ReturnType<typeof createMultiLangLog>;

export function createMultiLangLog(output: Writable) {
  const say = (line: string): void => void output.write(`kcl: ${line}\n`);
  return {
    callbackEnded(): void {},
    callbackSlow(shardId: string, callback: Callback, afterMs: number): void {
      say(`${callback} of ${shardId} has not returned for ${afterMs} ms`);
    },
    /** After it was over; a failure that ends the call ends the child, which says so itself. */
    callbackFailed(shardId: string, callback: Callback, _attempt: number, error: unknown): void {
      say(`${callback} of ${shardId} failed after it was over: ${stackOf(error)}`);
    },
    /** The child ends now. Where a callback of the application failed, its own error is the cause. */
    failed(error: unknown): void {
      say(messageOf(error));
      if (error instanceof Error && error.cause !== undefined) say(stackOf(error.cause));
    },
  };
}

export function propertiesRead(log: Logger, { warnings, withoutEffect }: KclProperties): void {
  for (const warning of warnings) log.warn({ warning }, 'properties file');
  if (withoutEffect.length > 0) log.info({ withoutEffect }, 'keys of the properties file that change nothing here');
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
