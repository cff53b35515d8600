/** The settings of `flotilla chaos`. */
import { integer, number, text, type Settings } from '../../runtime/config';

export const chaosFields = {
  minutes: number({
    default: 3,
    min: 0.2,
    max: 1_440,
    doc: 'How long faults strike. Settling takes up to 5 minutes more.',
  }),
  seed: integer({ default: 1, min: 0, max: 4_294_967_295, doc: 'Which faults, in which order, and how hard.' }),
  rate: integer({ default: 300, min: 1, max: 5_000, doc: 'Events a second, by real trackers.' }),
  shards: integer({ default: 8, min: 2, max: 100, doc: 'How many shards the raw stream begins with.' }),
  enrichers: integer({ default: 3, min: 2, max: 20, doc: 'How many enricher processes there are.' }),
  data: text({
    default: '',
    doc: 'An empty or new folder to keep streams, output and logs in. Without one a temporary folder is used, and removed when all holds.',
  }),
};

export type ChaosSettings = Settings<{ chaos: typeof chaosFields }>['chaos'];
