/** The first tracker protocol: all parameters of a GET are one event (snowplow-protocol 3.2). */
import { type AdapterMessage } from '../../protocol/bad-row';
import { toParameters } from '../querystring';
import { events, faults, type Adapter } from './adapter';

export const trackerTp1: Adapter<AdapterMessage> = ({ querystring }) =>
  querystring.length > 0
    ? events(toParameters(querystring))
    : faults({ field: 'querystring', value: null, expectation: 'empty querystring: not a valid URI redirect' });
