/** The settings of `flotilla send`. */
import { durationMs, integer, number, url } from '../../runtime/config';

export const sendFields = {
  events: integer({ default: 100, min: 1, max: 100_000_000, doc: 'How many events to send.' }),
  rate: number({ default: 100, min: 0.1, max: 100_000, doc: 'How many events a second, at most.' }),
  collector: url({ default: 'http://127.0.0.1:8080', doc: 'The collector to send to.' }),
  giveUpAfterMs: durationMs({
    default: 30_000,
    min: 100,
    max: 3_600_000,
    doc: 'How long to go on sending again what waits while nothing is accepted.',
  }),
};
