/**
 * refr_domain_userid and refr_dvce_tstamp: which user came from another site of ours, and when. The tracker there has
 * added `_sp=duid.tstamp` to the link (snowplow-protocol 4.5). Runs also while the cross-navigation enrichment is off.
 */
import { decodeUtf8 } from '../../protocol/java-utf8';
import { cleanText } from '../clean-text';
import { toTimestamp } from '../conversions';
import { splitQuery, toParameters } from '../querystring';
import { type Enrichment } from './enrichment';

export const crossDomain: Enrichment = ({ event }) => {
  const query = event.page_urlquery;
  if (!query?.includes('sp')) return {};
  const link = toParameters(splitQuery(query, decodeUtf8)).get('_sp');
  if (!link) return {};
  const parts = link.split('.');
  while (parts.at(-1) === '') parts.pop();
  const [user, time] = parts;
  const columns = { refr_domain_userid: cleanText(user ?? '') };
  if (time === undefined) return { columns };
  const { value, fault } = toTimestamp(time);
  if (fault === undefined) return { columns: { ...columns, refr_dvce_tstamp: value } };
  const expectation = fault.charAt(0).toLowerCase() + fault.slice(1);
  return { columns, faults: [{ enrichment: null, message: { field: 'sp_dtm', value: time, expectation } }] };
};
