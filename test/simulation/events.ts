/**
 * Everything that happens in a simulated fleet, as values: what the stream got, what processes suffered, every change of a
 * lease row, every callback of a record processor. The simulation tells them in the order in which they happen; invariants
 * judge them (invariants.ts), the chronicle writes them down. Nobody here acts.
 */
import type { Checkpoint, Lease, PendingCheckpoint } from '../../kinesis-client/leases/lease';
import type { Position } from '../../kinesis-client/shards/stream';

/** The callbacks of a record processor. */
export type Callback = 'initialize' | 'processRecords' | 'shutdownRequested' | 'shardEnded' | 'leaseLost';

/** What a processor asks its checkpointer for. `from`: the position that it believes to start from, when it says so. */
export interface Request {
  readonly kind: 'checkpoint' | 'prepare' | 'commit';
  readonly to: Checkpoint;
  readonly from?: Checkpoint;
  /** Of a prepare. */
  readonly state?: Uint8Array;
}

type Happening =
  | { readonly kind: 'shardOpened'; readonly shardId: string; readonly parentShardIds: readonly string[] }
  | { readonly kind: 'shardClosed'; readonly shardId: string; readonly childShardIds: readonly string[] }
  /**
   * One Kinesis record: the positions of its user records, what must become visible of each (undefined: nothing), and when the
   * stream took it (epoch ms).
   */
  | {
      readonly kind: 'recordPut';
      readonly shardId: string;
      readonly positions: readonly Checkpoint[];
      readonly outputs: readonly (string | undefined)[];
      readonly arrivedAtMs: number;
    }
  /** paused: stands still (SIGSTOP, a blocked event loop); stopped: ended by itself after a graceful stop. */
  | {
      readonly kind: 'process';
      readonly process: string;
      readonly became: 'running' | 'paused' | 'killed' | 'stopping' | 'stopped';
    }
  /** A write with the counter in it leaves the process. `isTake`: it names an owner. */
  | { readonly kind: 'writeSent'; readonly process: string; readonly leaseKey: string; readonly isTake: boolean }
  /** A row was created (no `before`), changed or deleted (no `after`) by a request that left the process at `sentMs`. */
  | {
      readonly kind: 'rowChanged';
      readonly process: string;
      readonly leaseKey: string;
      readonly sentMs: number;
      readonly before?: Lease;
      readonly after?: Lease;
    }
  | { readonly kind: 'iteratorAsked'; readonly process: string; readonly shardId: string; readonly position: Position }
  /** An answer of an iterator that was opened in this life: the sequence number of the last record in it. */
  | { readonly kind: 'recordsRead'; readonly life: number; readonly last: string }
  /** A processor is about to be initialised for the first time: with what it will hear. */
  | {
      readonly kind: 'lifeBegan';
      readonly life: number;
      readonly process: string;
      readonly shardId: string;
      readonly checkpoint: Checkpoint;
      readonly pending?: PendingCheckpoint;
    }
  | {
      readonly kind: 'called';
      readonly life: number;
      readonly callback: Callback;
      readonly records?: readonly Checkpoint[];
    }
  | { readonly kind: 'returned'; readonly life: number; readonly callback: Callback; readonly failed: boolean }
  /** `checkpointer.ended` aborted: the processor was told that its life is over. */
  | { readonly kind: 'told'; readonly life: number }
  | { readonly kind: 'asked'; readonly life: number; readonly request: Request }
  /** `error`: the name of what it rejected with, null when it was done. */
  | { readonly kind: 'answered'; readonly life: number; readonly request: Request; readonly error: string | null }
  /** A batch became visible outside: what was prepared with these bytes. `outputs` names what is in it. */
  | {
      readonly kind: 'madeVisible';
      readonly shardId: string;
      readonly state: Uint8Array;
      readonly outputs: readonly string[];
    }
  /** A sink beside says that these outputs are durable in it. */
  | { readonly kind: 'acknowledged'; readonly shardId: string; readonly outputs: readonly string[] }
  /** What was uploaded for a batch is thrown away. `state`: the bytes of its prepare. */
  | { readonly kind: 'thrownAway'; readonly shardId: string; readonly state: Uint8Array }
  /** Something that must never happen at all: a worker gave up, time stood still. */
  | { readonly kind: 'failed'; readonly process?: string; readonly what: 'fatal' | 'time'; readonly message: string };

/** `atMs`: virtual time, on the clock of the world. */
export type SimulationEvent = Happening & { readonly atMs: number };

export interface Violation {
  /** The name of the invariant. */
  readonly invariant: string;
  readonly message: string;
}
