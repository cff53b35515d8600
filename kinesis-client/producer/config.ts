/** The settings of a producer. */
import { bytes, durationMs, integer } from '../../runtime/config';

export const producerFields = {
  requestsInFlightMax: integer({
    default: 4,
    min: 1,
    max: 64,
    doc: 'How many PutRecords requests are under way at once. While all are, records gather for the next.',
  }),
  queueBytesMax: bytes({
    default: 64 * 1024 * 1024,
    min: 1024 * 1024,
    doc: 'How many bytes of records may wait for Kinesis in one process; beyond it new ones are refused at once.',
  }),
  requestTimeoutMs: durationMs({ default: 2_000, min: 100, max: 60_000, doc: 'How long one PutRecords may take.' }),
  retryMinMs: durationMs({
    default: 50,
    min: 1,
    max: 10_000,
    doc: 'The first wait before records that failed are sent again.',
  }),
  retryMaxMs: durationMs({
    default: 1_000,
    min: 1,
    max: 60_000,
    doc: 'The longest wait before records that failed are sent again.',
  }),
};
