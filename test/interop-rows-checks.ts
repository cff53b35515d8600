/** What must hold of the rows of a mixed fleet at any time, judged from the list of all changes and of all that was worked off. */
import type { RowChange } from './fake-dynamodb';
import { comparePositions, readAsJava2, type JavaLease } from './java-lease-rows';
import { APPLICATION, type InteropFleet } from './interop-rows-fleet';

/** Changes of lease rows: rows with another entityType are none. */
const ofLeases = (changes: readonly RowChange[]): readonly RowChange[] =>
  changes.filter(({ table, before, after }) => table === APPLICATION && ((after ?? before)?.entityType?.S ?? 'LEASE') === 'LEASE'); // prettier-ignore

/** A line for each row that a Java 2.x worker could not read at that moment. */
export function unreadableBy2(changes: readonly RowChange[]): string[] {
  return ofLeases(changes).flatMap(({ after, by, atMs }) => {
    try {
      if (after !== undefined) readAsJava2(after);
      return [];
    } catch (error) {
      return [`${by} at ${atMs}: ${(error as Error).message}`];
    }
  });
}

/**
 * A line for each change of a checkpoint that was not forward, or not by the program that made the last fenced write of the
 * row: the counter names an epoch, and an epoch has one writer. Of counters: a line for each that did not move by one.
 */
export function unfenced(changes: readonly RowChange[]): string[] {
  const faults: string[] = [];
  const writers = new Map<string, string>();
  for (const { before, after, by, atMs, key } of ofLeases(changes)) {
    if (before === undefined || after === undefined) continue;
    const [was, is] = [readAsJava2(before), readAsJava2(after)] as [JavaLease, JavaLease];
    const fault = (what: string): void => void faults.push(`${key} by ${by} at ${atMs}: ${what}`);
    const moved = comparePositions(is.checkpoint, was.checkpoint);
    if (moved < 0) fault(`checkpoint back from ${was.checkpoint.sequenceNumber} to ${is.checkpoint.sequenceNumber}`);
    const steps = is.leaseCounter - was.leaseCounter;
    if (steps !== 0n && steps !== 1n) fault(`counter from ${was.leaseCounter} to ${is.leaseCounter}`);
    const isProgress = moved !== 0 || is.pending?.sequenceNumber !== was.pending?.sequenceNumber;
    if (isProgress && writers.get(key) !== by) fault(`a checkpoint in the epoch of ${writers.get(key)}`);
    if (isProgress && steps !== 1n) fault('a checkpoint that does not move the counter');
    if (steps === 1n) writers.set(key, by);
  }
  return faults;
}

/** A line for each checkpoint that passes over a record which nobody had worked off by then. */
export function passedOver(
  { dynamodb, processed }: InteropFleet,
  records: ReadonlyMap<string, readonly string[]>,
): string[] {
  const doneAtMs = new Map<string, number>();
  for (const { shardId, sequenceNumber, atMs } of processed) {
    const record = `${shardId} ${sequenceNumber}`;
    doneAtMs.set(record, Math.min(atMs, doneAtMs.get(record) ?? Infinity));
  }
  return ofLeases(dynamodb.changes).flatMap(({ key, before, after, atMs, by }) => {
    if (before === undefined || after === undefined || before.checkpoint?.S === after.checkpoint?.S) return [];
    const [from, to] = [before, after].map((row) => (readAsJava2(row) as JavaLease).checkpoint);
    const passed = (records.get(key) ?? []).filter((sequenceNumber) => {
      const at = { sequenceNumber, subSequenceNumber: 0 };
      return from !== undefined && to !== undefined && comparePositions(at, from) > 0 && comparePositions(at, to) <= 0;
    });
    const missing = passed.filter((sequenceNumber) => (doneAtMs.get(`${key} ${sequenceNumber}`) ?? Infinity) > atMs);
    return missing.map((sequenceNumber) => `${key} ${sequenceNumber} by ${by} at ${atMs}`);
  });
}
