/** derived_tstamp: when it happened, on the collector's clock (snowplow-protocol 4.2). */
import { formatTimestamp, isWritableTimestamp, parseTimestamp } from '../../protocol/timestamps';
import { type Enrichment } from './enrichment';

export const derivedTstamp: Enrichment = ({ event }) => {
  const { true_tstamp: trueTstamp, collector_tstamp: collected } = event;
  const { dvce_created_tstamp: created, dvce_sent_tstamp: sent } = event;
  if (trueTstamp !== undefined) return { columns: { derived_tstamp: trueTstamp } };
  if (collected === undefined) return {};
  // The text of a time sorts as the time does. A device that sent before it created has no clock to trust.
  if (created === undefined || sent === undefined || created >= sent) return { columns: { derived_tstamp: collected } };
  const derivedMs = parseTimestamp(collected) - (parseTimestamp(sent) - parseTimestamp(created));
  return { columns: { derived_tstamp: isWritableTimestamp(derivedMs) ? formatTimestamp(derivedMs) : collected } };
};
