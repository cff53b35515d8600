/**
 * All differences between our collector and Snowplow's 2.10.0, in the order in which they are applied: the parts of a
 * request first, so that the others compare part with part.
 */
import type { Difference } from './difference';
import { replyDifferences } from './reply-differences';
import { badRowDifferences, partDifferences } from './size-differences';
import { storedDifferences } from './stored-differences';

export const differences: readonly Difference[] = [
  ...partDifferences,
  ...replyDifferences,
  ...storedDifferences,
  ...badRowDifferences,
];
