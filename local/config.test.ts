import { loadSettings } from '../runtime/config';
import { checkLocal, localSections } from './config';

const load = (more: Record<string, string>) => {
  const ports = { KINESIS_PORT: '1', DYNAMODB_PORT: '2', S3_PORT: '3' };
  const given = {
    ...Object.fromEntries(Object.entries(ports).map(([key, port]) => [`FLOTILLA_LOCAL_${key}`, port])),
    ...more,
  };
  const loaded = loadSettings(localSections, { argv: [], environment: given, readFile: String });
  if (loaded.kind === 'faults') throw new Error(loaded.faults.join('\n'));
  return loaded.settings;
};

describe('the settings of the emulators', () => {
  it('need only the ports', () => {
    expect(checkLocal(load({}))).toEqual([]);
  });

  it.each([
    [{ FLOTILLA_STREAM_BAD: 'raw' }, 'stream.raw and stream.bad are both raw'],
    [{ FLOTILLA_LOCAL_SHARD_LIMIT: '4' }, 'local.rawShards 4 and local.badShards 1 are more than local.shardLimit 4'],
  ])('%j are refused', (settings, fault) => {
    expect(checkLocal(load(settings as Record<string, string>))).toEqual([fault]);
  });
});
