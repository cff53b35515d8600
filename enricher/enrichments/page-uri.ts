/** page_url and its parts: the tracker's `url`, else the Referer header (snowplow-protocol 3.9, 4.5). */
import { portOf, readUri } from '../uris';
import { type Enrichment } from './enrichment';

export const pageUri: Enrichment = ({ event, refererUri }) => {
  const sent = event.page_url ?? refererUri;
  if (sent === undefined) return {};
  const read = readUri(sent);
  if (!read.ok) return { faults: [{ enrichment: null, message: { error: read.error } }] };
  const { uri, text } = read;
  return {
    columns: {
      page_url: text,
      page_urlscheme: uri.scheme,
      page_urlhost: uri.host,
      page_urlport: String(portOf(uri)),
      page_urlpath: uri.path || undefined,
      page_urlquery: uri.query || undefined,
      page_urlfragment: uri.fragment || undefined,
    },
  };
};
