/**
 * Processors that commit in two phases, as the S3 sink does, in a storm. What must hold whatever happens: every record is
 * visible exactly once, and nothing of a child before its parents are done.
 */
import type { Checkpointer } from '../../kinesis-client/shards/checkpointer';
import type { ClientRecord } from '../../kinesis-client/shards/client-record';
import type { RecordProcessor } from '../../kinesis-client/shards/record-processor';
import type { VirtualProcessClock } from '../../runtime/virtual-clock';
import { Storm, type StormApplication } from '../storm';

const SEEDS = [1, 2, 3, 4];

class TwoPhaseStorm extends Storm {
  readonly put: string[] = [];
  /** Uploads by name: nobody sees them until they are completed. */
  private readonly uploads = new Map<string, { readonly shardId: string; readonly words: readonly string[] }>();
  /** Completed uploads, in the order of completion; completing again changes nothing. */
  private readonly visible = new Set<string>();

  visibleWords(): string[] {
    return [...this.visible].flatMap((name) => this.uploads.get(name)?.words ?? []);
  }

  /** When something of the shard became visible first and last, as places in the order of completion. */
  visibleSpan(shardId: string): { first: number; last: number } {
    const places = [...this.visible].flatMap((name, place) =>
      this.uploads.get(name)?.shardId === shardId ? [place] : [],
    );
    return { first: Math.min(...places), last: Math.max(-1, ...places) };
  }

  protected override nextRecord(shardId: string): string {
    const word = `${shardId}-${this.put.length}`;
    this.put.push(word);
    return word;
  }

  protected override application(time: VirtualProcessClock): StormApplication {
    return { processorFactory: (shardId) => this.processor(shardId, time) };
  }

  private processor(shardId: string, time: VirtualProcessClock): RecordProcessor {
    let batch: ClientRecord[] = [];
    const pause = (): Promise<void> => time.sleep(this.random.integer(1_500));
    const complete = async (name: string): Promise<void> => {
      await pause();
      this.visible.add(name);
      await pause();
    };
    const commit = async (checkpointer: Checkpointer, at?: string): Promise<void> => {
      const last = batch.at(-1);
      if (last === undefined) return;
      const name = `${shardId} ${this.uploads.size}`;
      this.uploads.set(name, { shardId, words: batch.map(({ bytes }) => bytes.toString()) });
      batch = [];
      await pause();
      if (!this.calm && this.random.next() < 0.05) return checkpointer.restartFromCheckpoint(); // the upload failed
      const prepared = await checkpointer.prepareCheckpoint(at ?? last.sequenceNumber, 0, Buffer.from(name));
      await complete(name);
      await prepared.commit();
    };
    return {
      pending: true,
      initialize: async ({ pending }) => {
        if (pending === undefined) return;
        await complete(pending.state.toString());
        await pending.commit();
      },
      processRecords: async ({ records, checkpointer }) => {
        batch.push(...records);
        if (this.calm || this.random.next() < 0.5) await commit(checkpointer);
      },
      shutdownRequested: ({ checkpointer }) => commit(checkpointer),
      shardEnded: ({ checkpointer }) =>
        batch.length > 0 ? commit(checkpointer, 'SHARD_END') : checkpointer.checkpoint(),
      leaseLost: async () => {
        batch = [];
      },
    };
  }
}

describe('two-phase commits in a storm', () => {
  it.each(SEEDS)(
    'make every record visible exactly once (seed %i)',
    async (seed) => {
      const storm = new TwoPhaseStorm(seed);
      await storm.run();
      expect(storm.fatal).toEqual([]);
      expect(storm.put.length).toBeGreaterThan(100);
      expect(storm.visibleWords().sort()).toEqual([...storm.put].sort());
      for (const shard of await storm.stream.listShards()) {
        for (const parent of [shard.parentShardId, shard.adjacentParentShardId].filter((id) => id !== undefined))
          expect(storm.visibleSpan(parent).last).toBeLessThan(storm.visibleSpan(shard.shardId).first);
      }
    },
    60_000,
  );
});
