import { startEmulators } from '../../test/emulators';
import { kinesisBehaviour } from './kinesis-behaviour';

describe('our Kinesis', () => kinesisBehaviour(() => startEmulators()));
