/**
 * What an answer to CompleteMultipartUpload means and what to do next. Pure; `complete-plan.ts` acts on it.
 *
 * Completing is the half of a commit that anybody may do at any time: by us, by us again after a lost answer, by the
 * shard's next owner while a stalled one still tries. So "the upload is not there" is usually good news, and only the
 * file itself can say so.
 */
import type { CompleteAnswer, HeadAnswer } from './s3-store';

/** After CompleteMultipartUpload. `look`: only HEAD can tell. */
export type AfterComplete = 'done' | 'look' | 'repeat' | 'stop';

/** What CompleteMultipartUpload's answer asks for next. */
export function afterComplete(answer: CompleteAnswer): AfterComplete {
  switch (answer.kind) {
    case 'completed':
      return 'done';
    case 'no-such-upload':
    case 'key-exists':
      return 'look';
    case 'unclear':
      return 'repeat';
    case 'refused':
      return 'stop';
  }
}

export interface Expected {
  readonly bytes: number;
  readonly batchId: string;
}

/**
 * After the HEAD that followed.
 * done: the file is this batch's. foreign: somebody else's file has the name; a person must look.
 * missing: neither the upload nor the file is there (yet); repeat, and after a while a person must look.
 */
export type AfterLook = 'done' | 'foreign' | 'missing' | 'repeat';

/** `expected`: what the plan says of the file. */
export function afterLook(complete: CompleteAnswer['kind'], head: HeadAnswer, expected: Expected): AfterLook {
  switch (head.kind) {
    case 'found':
      return head.batchId === expected.batchId && head.bytes === expected.bytes ? 'done' : 'foreign';
    case 'missing':
      // 412 without a file: it was taken away between the two requests.
      return complete === 'no-such-upload' ? 'missing' : 'repeat';
    case 'unclear':
      return 'repeat';
  }
}
