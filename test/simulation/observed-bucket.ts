/**
 * The bucket of a simulated fleet, with what becomes visible in it and what is thrown away written down: which prepared
 * batch a file belongs to, its plan tells, which lies in the bucket too.
 */
import { gunzipSync } from 'node:zlib';
import type { Checkpoint } from '../../kinesis-client/leases/lease';
import { decodeCommitState } from '../../sinks/commit-state';
import { decodeState, type Plan } from '../../sinks/s3/plan';
import type { MultipartUpload, S3Store } from '../../sinks/s3/s3-store';
import { FakeS3Store } from '../fake-s3-store';
import type { Chronicle } from './chronicle';

const SINKS = new Set(['s3']);

export class ObservedBucket {
  private readonly store = new FakeS3Store();
  /** Bytes of prepares, by the key of the plan that they name. */
  private readonly states = new Map<string, Uint8Array>();

  constructor(private readonly chronicle: Chronicle) {}

  /** For processes. */
  readonly requests: S3Store = {
    endpoint: this.store.endpoint,
    createUpload: (...given) => this.store.createUpload(...given),
    uploadPart: (...given) => this.store.uploadPart(...given),
    completeUpload: async (...given) => {
      const answer = await this.store.completeUpload(...given);
      if (answer.kind === 'completed') this.noteVisible(given[0]);
      return answer;
    },
    abortUpload: async (upload) => {
      this.noteThrownAway(upload);
      await this.store.abortUpload(upload);
    },
    head: (...given) => this.store.head(...given),
    putNew: (...given) => this.store.putNew(...given),
    get: (...given) => this.store.get(...given),
  };

  /** Where a prepared batch starts; remembers its bytes. */
  startOf(state: Uint8Array): Checkpoint | undefined {
    const key = planKeyIn(state);
    if (key === undefined) return undefined;
    this.states.set(key, state);
    return this.plan(key).from;
  }

  private plan(key: string): Plan {
    return JSON.parse((this.store.objects.get(key)?.body ?? Buffer.from('')).toString()) as Plan;
  }

  private noteVisible(upload: MultipartUpload): void {
    const { shardId, state } = this.batchOf(upload);
    const { body } = this.store.objects.get(upload.key) as { readonly body: Buffer };
    const outputs = gunzipSync(body).toString('utf8').trimEnd().split('\n').map(eventIdIn);
    this.chronicle.note({ kind: 'madeVisible', shardId, state, outputs });
  }

  private noteThrownAway(upload: MultipartUpload): void {
    this.chronicle.note({ kind: 'thrownAway', ...this.batchOf(upload) });
  }

  /** The upload's own id stands for the bytes of a prepare that nobody sent. */
  private batchOf({ key, uploadId }: MultipartUpload): { shardId: string; state: Uint8Array } {
    const shardId = /shardId-\d+/.exec(key)?.[0] ?? '';
    for (const [planKey, state] of this.states)
      if (this.plan(planKey).files.some((file) => file.uploadId === uploadId)) return { shardId, state };
    return { shardId, state: Buffer.from(uploadId) };
  }
}

function planKeyIn(state: Uint8Array): string | undefined {
  const decoded = decodeCommitState(state, SINKS);
  const s3 = decoded.ok ? decoded.sinks.s3 : undefined;
  return s3 === undefined ? undefined : decodeState(s3)?.plan;
}

const eventIdIn = (line: string): string => (JSON.parse(line) as { event_id: string }).event_id;
