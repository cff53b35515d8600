/**
 * Test data only: all differences between our collector and Snowplow's 2.10.0, in the order in which they are applied: the
 * parts of a request first, so that the others compare part with part.
 */
import type { Difference } from './oracle-difference';
import { replyDifferences } from './oracle-reply-differences';
import { badRowDifferences, partDifferences } from './oracle-size-differences';
import { storedDifferences } from './oracle-stored-differences';

export const differences: readonly Difference[] = [
  ...partDifferences,
  ...replyDifferences,
  ...storedDifferences,
  ...badRowDifferences,
];
