/** The settings of `flotilla simulate`. */
import { durationMs, integer, text, type Settings } from '../../runtime/config';

export const simulateFields = {
  workers: integer({ default: 10, min: 2, max: 100, doc: 'How many worker processes the fleet has.' }),
  shards: integer({ default: 100, min: 1, max: 1_000, doc: 'How many shards the stream has.' }),
  seed: integer({ default: 1, min: 0, max: 4_294_967_295, doc: 'Chance. The same one tells the same story.' }),
  failoverMs: durationMs({ default: 10_000, min: 500, max: 600_000, doc: 'leaseDurationMs of the workers.' }),
  lookMs: durationMs({ default: 1_000, min: 100, max: 600_000, doc: 'lookIntervalMs of the workers.' }),
  lookUnits: integer({ default: 200, min: 1, max: 100_000, doc: 'scanUnitsPerSecondMax of the workers.' }),
  latencyMs: durationMs({ default: 10, min: 1, max: 5_000, doc: 'A mean round trip to the lease table.' }),
  checkpointMs: durationMs({ default: 1_000, min: 0, max: 600_000, doc: 'How often a shard checkpoints; 0: never.' }),
  plot: text({ default: '', doc: 'A file for the story as a picture (SVG).' }),
};

export type SimulateSettings = Settings<{ simulate: typeof simulateFields }>['simulate'];

/** Workers times shards: as much as is told in some minutes. */
const SIZE_MAX = 30_000;

/** Rules between settings: each fault one line. */
export const checkSimulate = ({ workers, shards }: SimulateSettings): string[] =>
  workers * shards > SIZE_MAX
    ? [`--workers ${workers} times --shards ${shards} is ${workers * shards}: it must be ${SIZE_MAX} at most`]
    : [];
