/**
 * The outside world of processors that commit in two phases: what was uploaded, and what of it anybody can see. Completing
 * is idempotent and may be done by anybody who holds the bytes of the prepare, as with multipart uploads.
 */
import type { Checkpoint } from '../../kinesis-client/leases/lease';
import type { Chronicle } from './chronicle';

/** What a prepare says. */
interface Plan {
  readonly name: string;
  readonly from: Checkpoint;
  readonly to: Checkpoint;
}

interface Upload {
  readonly shardId: string;
  readonly outputs: readonly string[];
}

export class Outlet {
  private readonly uploads = new Map<string, Upload>();

  constructor(private readonly chronicle: Chronicle) {}

  /** Nobody sees it. Gives the bytes for the prepare. */
  upload(shardId: string, from: Checkpoint, to: Checkpoint, outputs: readonly string[]): Uint8Array {
    const plan: Plan = { name: `upload-${this.uploads.size}`, from, to };
    this.uploads.set(plan.name, { shardId, outputs });
    return Buffer.from(JSON.stringify(plan));
  }

  complete(state: Uint8Array): void {
    const upload = this.uploads.get(planIn(state).name) as Upload;
    this.chronicle.note({ kind: 'madeVisible', state, ...upload });
  }
}

/** Where a prepared batch starts. */
export const startOf = (state: Uint8Array): Checkpoint => planIn(state).from;

const planIn = (state: Uint8Array): Plan => JSON.parse(Buffer.from(state).toString()) as Plan;
