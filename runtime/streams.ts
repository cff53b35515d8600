/** The streams that connect the services. */
import { text } from './config';

const name = { pattern: /^[a-zA-Z0-9_.-]{1,128}$/, allowed: 'a Kinesis stream name' };

export const streamFields = {
  raw: text({ ...name, default: 'raw', doc: 'The stream of collector payloads: from collectors to enrichers.' }),
  bad: text({ ...name, default: 'bad', doc: 'The stream of bad rows that the collector itself makes.' }),
};
