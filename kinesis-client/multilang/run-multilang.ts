/**
 * Runs a record processor as a child of Amazon's MultiLangDaemon: one process a shard, messages on its standard input and
 * output. What an `executableName` of a .properties file calls, directly or through kcl.ts.
 */
import type { Readable, Writable } from 'node:stream';
import { systemClock } from '../../runtime/clock';
import { onStopSignal } from '../../runtime/shutdown';
import type { RecordProcessor } from '../shards/record-processor';
import { MultiLangChild } from './multilang-child';
import { createMultiLangLog } from './telemetry';

export interface MultiLangOptions {
  /** Default: those of the process, which then ends with the input: exit code 0, or 1 after a failure. */
  readonly input?: Readable;
  readonly output?: Writable;
  readonly log?: Writable;
  /** Ends it as if the daemon had closed the input. */
  readonly signal?: AbortSignal;
}

/**
 * Resolves when the daemon has closed the input. Rejects, after it said so on `log`, when a callback failed, the daemon broke
 * its protocol or went away in the middle of a call; and at once for a processor that cannot run under the daemon: one that
 * commits in two phases, or lacks a callback.
 *
 * SIGTERM and SIGINT are left to the daemon: they reach the whole group of processes, and only the daemon can stop in order.
 * It ends its children by closing their input.
 */
export async function runMultiLang(processor: RecordProcessor, options: MultiLangOptions = {}): Promise<void> {
  const { input = process.stdin, output = process.stdout, log = process.stderr, signal } = options;
  const isWholeProcess = options.input === undefined;
  const telemetry = createMultiLangLog(log);
  if (isWholeProcess) onStopSignal(() => undefined);
  try {
    const child = new MultiLangChild(processor, { input, output, clock: systemClock, telemetry });
    signal?.addEventListener('abort', () => child.stop(), { once: true });
    await child.run();
  } catch (error) {
    telemetry.failed(error);
    if (isWholeProcess) process.exit(1);
    throw error;
  }
  if (isWholeProcess) process.exit(0);
}
