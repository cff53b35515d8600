/**
 * Lets a file that calls `kcl(processor).run()` run in this client as well: while such a host loads it, the processor is handed to
 * the host in the place of the MultiLangDaemon. Only the host decides which of the two it is; nothing is guessed.
 */
import type { RecordProcessor } from '../shards/record-processor';

export interface NativeHost {
  take(processor: RecordProcessor): void;
}

let host: NativeHost | null = null;

export const nativeHost = (): NativeHost | null => host;

/** For the rest of the process: from now on no `kcl()` speaks to a daemon. */
export function hostNatively(newHost: NativeHost): void {
  host = newHost;
}
