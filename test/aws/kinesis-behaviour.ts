/**
 * What every Kinesis that we run against must do, through the AWS SDK: one suite, called with a way to start an
 * emulator. `kinesis-front.test.ts` runs it against our front, `kinesis-local.test.ts` against a second emulator.
 */
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { everyTest, type Tests } from '../differences';
import { kinesisCalls, type KinesisCalls } from '../kinesis-calls';
import { kinesisIterators } from './kinesis-iterators';
import { kinesisRecords } from './kinesis-records';
import { kinesisShards } from './kinesis-shards';
import { kinesisStreams } from './kinesis-streams';
import { kinesisUnused } from './kinesis-unused';

export interface RunningKinesis {
  readonly kinesis: KinesisClient;
  stop(): Promise<void>;
}

/** What the parts of the suite share. */
export interface KinesisPlace extends KinesisCalls, Tests {
  /** There once the tests run. */
  kinesis(): KinesisClient;
}

export function kinesisBehaviour(start: () => Promise<RunningKinesis>, tests: Tests = everyTest): void {
  let running: RunningKinesis;
  beforeAll(async () => void (running = await start()));
  afterAll(() => running.stop());

  const kinesis = (): KinesisClient => running.kinesis;
  const place: KinesisPlace = { kinesis, ...kinesisCalls(kinesis), ...tests };
  kinesisRecords(place);
  kinesisIterators(place);
  kinesisShards(place);
  kinesisStreams(place);
  kinesisUnused(place);
}
