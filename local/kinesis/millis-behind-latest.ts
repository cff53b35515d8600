/**
 * How far a reader is behind the tip, in whole ms: 0 when nothing is left to read, else the age of the newest record it
 * has got, or of the first it could not get. Pure.
 */
export function millisBehindLatest(
  /** Arrival of the last record of the answer, or of the next one when the answer is empty; undefined when there is neither. */
  arrivedMs: number | undefined,
  hasMore: boolean,
  nowMs: number,
): number {
  if (!hasMore || arrivedMs === undefined) return 0;
  return Math.max(0, Math.round(nowMs - arrivedMs)); // kinesalite stamps the first records of a child up to 1 s ahead
}
