/** The suites that our Kinesis passes, against a second emulator that shares no code with it. */
import { systemClock } from '../../runtime/clock';
import { fanOutBehaviour } from '../aws/fan-out-behaviour';
import { kinesisBehaviour } from '../aws/kinesis-behaviour';
import { testsBut } from '../differences';
import { kinesisLocalDifferences } from './kinesis-local-differences';
import { startKinesisLocal } from './start-kinesis-local';

describe('kinesis-local', () =>
  testsBut(kinesisLocalDifferences, (tests) => {
    describe('streams', () => kinesisBehaviour(startKinesisLocal, tests));
    describe('fan-out', () =>
      fanOutBehaviour(async () => ({ ...(await startKinesisLocal()), pass: (ms) => systemClock.sleep(ms) }), tests));
  }));
