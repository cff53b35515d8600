/**
 * What the front does with the data it finds at its start: ends what the death of an earlier process left half done, and
 * removes records that have outlived their retention, so that the folder does not grow for ever.
 */
import { findFirstArrived } from './find-first-arrived';
import type { KinesaliteStore } from './kinesalite-store';
import { trimHorizonMs } from './shard-life';

/**
 * A stream that was being made or deleted goes; a split or merge that had not happened does not happen (all three take
 * `createStreamMs`, `deleteStreamMs`, `updateStreamMs` after their answer).
 */
export async function recoverStore(store: KinesaliteStore, nowMs: number): Promise<void> {
  for (const name of await store.streamNames()) {
    const stream = await store.stream(name);
    if (stream.StreamStatus === 'CREATING' || stream.StreamStatus === 'DELETING') {
      await store.deleteStream(name);
      continue;
    }
    if (stream.StreamStatus === 'UPDATING') await store.putStream({ ...stream, StreamStatus: 'ACTIVE' });
    for (const index of stream.Shards.keys()) {
      const firstKept = await findFirstArrived(store, stream, index, trimHorizonMs(stream, nowMs));
      await store.removeRecordsBelow(name, index, firstKept);
    }
  }
}
