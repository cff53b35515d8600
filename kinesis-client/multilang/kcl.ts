/**
 * What `require('aws-kcl')` gives: `kcl(recordProcessor).run()`. A file written for aws-kcl needs no other change than the line
 * that requires it. Under the MultiLangDaemon it is the child of one shard; loaded by main.ts it gives its processor to that.
 */
import type { Readable, Writable } from 'node:stream';
import { versionOf, type RecordProcessor } from '../shards/record-processor';
import { mustSuitDaemon } from './multilang-child';
import { nativeHost } from './native-host';
import { runMultiLang } from './run-multilang';

export interface Kcl {
  /** Begins to hear the daemon; returns at once. Again it does nothing. */
  run(): void;
  /** Hears nothing any more. */
  cleanup(): void;
}

/**
 * The streams default to those of the process. @throws TypeError for an object that lacks a callback, Error for a processor that
 * commits in two phases when a daemon is to run it.
 */
export function kcl(
  recordProcessor: RecordProcessor,
  inputStream?: Readable,
  outputStream?: Writable,
  errorStream?: Writable,
): Kcl {
  versionOf(recordProcessor);
  const host = nativeHost();
  if (host === null) mustSuitDaemon(recordProcessor);
  const over = new AbortController();
  let runs = false;
  return {
    run() {
      if (runs) return;
      runs = true;
      if (host !== null) return host.take(recordProcessor);
      // A failure was told on the error stream; unhandled, it ends a process that gave streams of its own.
      void runMultiLang(recordProcessor, {
        input: inputStream,
        output: outputStream,
        log: errorStream,
        signal: over.signal,
      });
    },
    cleanup: () => over.abort(),
  };
}
