/**
 * A fleet of real workers through a storm on virtual time, from a seed. Plain library: tests, the command of run.ts and the
 * mutants call it. The same seed gives the same run, to the last line of its chronicle.
 */
import type { InitialPosition } from '../../kinesis-client/leases/plan-shard-sync';
import { aggregate } from '../../kinesis-client/shards/aggregated-record';
import { seededRandom, type Random } from '../../runtime/random';
import type { ChronicleOptions } from './chronicle';
import { Outlet, startOf } from './outlet';
import { PlainProcessor, TwoPhaseProcessor } from './processors';
import { reportOf, type Report } from './report';
import { Storm } from './storm';
import type { RecordToPut } from './stream-feed';

export interface SimulateOptions extends ChronicleOptions {
  /** Virtual time, in lease durations. */
  readonly stormDurations?: number;
  readonly calmDurations?: number;
}

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Report> {
  const { isPlain, ...world } = drawWorld(seed);
  const storm: Storm = new Storm({
    ...{ seed, startOf, stormDurations: 40, calmDurations: 60, nextRecord: isPlain ? plainly(nextRecord) : nextRecord },
    ...{ ...world, ...options },
    application: (connection) => ({
      processor: (shardId) => {
        const given = { ...connection, shardId, isCalm: () => storm.isCalm };
        return isPlain ? new PlainProcessor(given) : new TwoPhaseProcessor(given, outlet);
      },
    }),
  });
  const outlet = new Outlet(storm.chronicle);
  await storm.run();
  return reportOf(storm, seed);
}

/** Leases of stuck callbacks are let go. */
const RELEASING = { callbackSlowAction: 'release', callbackSlowMs: 2_000 } as const;

/** What kind of fleet a seed makes. */
function drawWorld(seed: number) {
  const random = seededRandom(seed + 1_000_003);
  const oneOf = <T>(...choices: readonly T[]): T => choices[random.integer(choices.length)] as T;
  return {
    isPlain: random.next() < 0.25,
    leaseDurationMs: oneOf(3_000, 10_000),
    initialPosition: oneOf<InitialPosition>('TRIM_HORIZON', 'TRIM_HORIZON', 'LATEST'),
    settings: { processRecordsMax: oneOf(3, 10_000), ...oneOf<Partial<typeof RELEASING>>({}, RELEASING) },
  };
}

/** The same records, of which nothing is to become visible. */
const plainly =
  (next: typeof nextRecord) =>
  (n: number, random: Random): RecordToPut => {
    const { data, outputs } = next(n, random);
    return { data, outputs: outputs.map(() => undefined) };
  };

/** Plain records and aggregates; of one record in seven nothing comes. */
function nextRecord(n: number, random: Random): RecordToPut {
  const output = (i: number): string | undefined => ((n + i) % 7 === 3 ? undefined : `output ${n}.${i}`);
  const dataOf = (text: string | undefined): Buffer => Buffer.from(text ?? '');
  if (random.next() < 0.7) return { data: dataOf(output(0)), outputs: [output(0)] };
  const outputs = Array.from({ length: 1 + random.integer(5) }, (_, i) => output(i));
  return { data: aggregate(outputs.map((text) => ({ partitionKey: 'key', data: dataOf(text) }))), outputs };
}
