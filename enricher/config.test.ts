import { kinesisClientFields } from '../kinesis-client';
import { defaultSettings, defaultsOf } from '../test/default-settings';
import { enricherSections } from './config';

describe('the settings of the enricher', () => {
  it('drop no user record of the raw stream, whatever shard its aggregate lies in; else the client is as it comes', () => {
    expect(defaultSettings(enricherSections).kinesisClient).toEqual({
      ...defaultsOf(kinesisClientFields),
      aggregateFilter: 'off',
    });
    expect(defaultsOf(kinesisClientFields).aggregateFilter).toBe('record');
  });
});
