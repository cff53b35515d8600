import { type EnrichedEvent } from '../../protocol/enriched-event';
import { derivedTstamp } from './derived-tstamp';

const collected = '2023-11-14 22:13:20.123';
const run = (event: EnrichedEvent): string | undefined =>
  derivedTstamp({ event: { collector_tstamp: collected, ...event }, refererUri: undefined, unstructSchema: undefined })
    .columns?.derived_tstamp;

describe('derivedTstamp', () => {
  it.each<[string, EnrichedEvent, string | undefined]>([
    ['the true time wins', { true_tstamp: '2020-01-01 00:00:00.000' }, '2020-01-01 00:00:00.000'],
    [
      'the time that the device waited is taken off, across a month, too',
      { dvce_created_tstamp: '2023-10-31 23:59:59.000', dvce_sent_tstamp: '2023-11-01 00:00:10.000' },
      '2023-11-14 22:13:09.123',
    ],
    [
      'a device that sent at once',
      { dvce_created_tstamp: '2023-11-14 00:00:00.000', dvce_sent_tstamp: '2023-11-14 00:00:00.000' },
      collected,
    ],
    [
      'a device that sent before it created',
      { dvce_created_tstamp: '2023-11-14 00:00:00.001', dvce_sent_tstamp: '2023-11-14 00:00:00.000' },
      collected,
    ],
    ['only one of the two', { dvce_created_tstamp: '2023-11-14 00:00:00.000' }, collected],
    [
      'a result before the year 0',
      { dvce_created_tstamp: '1970-01-01 00:00:00.000', dvce_sent_tstamp: '9999-12-31 23:59:59.999' },
      collected,
    ],
    ['no time of the collector', { collector_tstamp: undefined }, undefined],
  ])('%s', (_, event, derived) => expect(run(event)).toBe(derived));
});
