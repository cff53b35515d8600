/**
 * What one PutRecords request may hold (Kinesis API reference, PutRecords and Service Quotas; a record of up to 10 MiB
 * needs a stream set up for it, which ours are not).
 */
export const RECORDS_PER_REQUEST_MAX = 500;
/** Data and partition keys of all records together. */
export const BYTES_PER_REQUEST_MAX = 5 * 1024 * 1024;
/** Data and partition key of one record. */
export const BYTES_PER_RECORD_MAX = 1024 * 1024;
