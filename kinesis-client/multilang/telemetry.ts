/** What a child of the MultiLangDaemon tells: lines on its standard error output, which the daemon puts into its own log. */
import type { Writable } from 'node:stream';
import { messageOf } from '../../runtime/errors';
import type { Callback } from '../shards/telemetry';

export type MultiLangTelemetry = ReturnType<typeof createMultiLangTelemetry>;

export function createMultiLangTelemetry(output: Writable) {
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

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
