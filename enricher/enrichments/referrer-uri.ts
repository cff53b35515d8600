/** The parts of page_referrer, which itself stays as it was sent (snowplow-protocol 4.5). */
import { portOf, readUri } from '../uris';
import { type Enrichment } from './enrichment';

export const referrerUri: Enrichment = ({ event }) => {
  if (event.page_referrer === undefined) return {};
  const read = readUri(event.page_referrer);
  if (!read.ok) return { faults: [{ enrichment: null, message: { error: read.error } }] };
  const { uri } = read;
  return {
    columns: {
      refr_urlscheme: uri.scheme,
      refr_urlhost: uri.host,
      refr_urlport: String(portOf(uri)),
      refr_urlpath: uri.path || undefined,
      refr_urlquery: uri.query || undefined,
      refr_urlfragment: uri.fragment || undefined,
    },
  };
};
