/** The columns that are set before the tracker's parameters (snowplow-protocol 3.9): what the collector and we know. */
import { type EnrichmentMessage, type Processor } from '../protocol/bad-row';
import { type CollectorPayload } from '../protocol/collector-payload';
import { type EnrichedEvent } from '../protocol/enriched-event';
import { formatTimestamp, isoTimestamp, isWritableTimestamp } from '../protocol/timestamps';
import { cleanText } from './clean-text';
import { toAddress } from './conversions';

export interface Collected {
  readonly columns: Readonly<EnrichedEvent>;
  readonly faults: readonly EnrichmentMessage[];
}

/** The same for all events of a request. `payload` is one whose address is already the client's. */
export function collectedColumns(payload: CollectorPayload, processor: Processor, etlTimestampMs: number): Collected {
  const isWritable = isWritableTimestamp(payload.timestamp);
  const columns: EnrichedEvent = {
    etl_tstamp: formatTimestamp(etlTimestampMs),
    collector_tstamp: isWritable ? formatTimestamp(payload.timestamp) : undefined,
    v_collector: cleanText(payload.collector) ?? '',
    v_etl: `${processor.artifact}-${processor.version}`,
    user_ipaddress: toAddress(payload.ipAddress).value,
    network_userid: payload.networkUserId,
    useragent: payload.userAgent === undefined ? undefined : cleanHeader(payload.userAgent),
  };
  return { columns, faults: isWritable ? [] : [timestampFault(payload.timestamp)] };
}

/** An empty header stays empty, which is not the same as none. */
const cleanHeader = (text: string): string => text.replace(/[\r\n]/g, '').replaceAll('\t', '    ');

function timestampFault(timestamp: number): EnrichmentMessage {
  const message = {
    field: 'collector_tstamp',
    value: isoTimestamp(timestamp),
    expectation: `formatted as ${formatTimestamp(timestamp)} is not Redshift-compatible`,
  };
  return { enrichment: null, message };
}
