/** The proof: what trackers were told, what the stream holds and what lies in S3, compared for each event id. Pure. */

/** How often each event id occurs. */
export type EventCounts = ReadonlyMap<string, number>;

export interface Comparison {
  /** Answered 2xx, but not in the stream. */
  readonly notInStream: readonly string[];
  /** More often in the stream than in S3. */
  readonly notInOutput: readonly string[];
  /** More often in S3 than in the stream. */
  readonly doubled: readonly string[];
  /** Records of the stream that repeat an event: a put or a request was made again after a lost answer. */
  readonly putAgain: number;
  readonly records: number;
  readonly lines: number;
}

export function compareEvents(accepted: ReadonlySet<string>, stream: EventCounts, output: EventCounts): Comparison {
  const notInOutput: string[] = [];
  const doubled: string[] = [];
  for (const id of new Set([...stream.keys(), ...output.keys()])) {
    const [records, lines] = [stream.get(id) ?? 0, output.get(id) ?? 0];
    if (lines < records) notInOutput.push(id);
    if (lines > records) doubled.push(id);
  }
  const records = sum(stream);
  return {
    notInStream: [...accepted].filter((id) => !stream.has(id)),
    notInOutput,
    doubled,
    putAgain: records - stream.size,
    records,
    lines: sum(output),
  };
}

const sum = (counts: EventCounts): number => [...counts.values()].reduce((a, b) => a + b, 0);

export function countEach(ids: Iterable<string>, into = new Map<string, number>()): Map<string, number> {
  for (const id of ids) into.set(id, (into.get(id) ?? 0) + 1);
  return into;
}
