/** The calls of the commit protocol as the emulators see them, in its order: for holds and faults of tests. */
import type { Call } from '../local/gate';

export type CommitStep = 'createUpload' | 'uploadPart' | 'plan' | 'prepare' | 'complete' | 'commit';

/** `resource` and `detail` are texts that the call's contain. */
export const commitCalls: Readonly<Record<CommitStep, Partial<Call> & Pick<Call, 'service' | 'operation'>>> = {
  createUpload: { service: 's3', operation: 'CreateMultipartUpload', resource: 'enriched/date' },
  uploadPart: { service: 's3', operation: 'UploadPart', resource: 'enriched/date' },
  plan: { service: 's3', operation: 'PutObject', resource: '_commits/' },
  prepare: { service: 'dynamodb', operation: 'UpdateItem', detail: ':new_pendingCheckpointState' },
  complete: { service: 's3', operation: 'CompleteMultipartUpload', resource: 'enriched/date' },
  commit: { service: 'dynamodb', operation: 'UpdateItem', detail: ':seen_pendingCheckpointState' },
};
