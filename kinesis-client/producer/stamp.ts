/**
 * How a record is stamped, so that repeats can be counted and later dropped: the outer partition key is
 * `<origin>.<number>`, one origin a process and one number a record, the same again on every retry. The shard follows
 * from the explicit hash key, which is what Kinesis would have made of the caller's partition key. Pure.
 */
import { createHash } from 'node:crypto';

/** `origin`: 16 hex digits, new with each process. `number` counts from 0. */
export const stampOf = (origin: string, number: number): string => `${origin}.${number}`;

/** MD5 of the partition key's UTF-8 bytes, as an unsigned 128-bit decimal (Kinesis API reference, PutRecord). */
export const explicitHashKeyOf = (partitionKey: string): string =>
  BigInt(`0x${createHash('md5').update(partitionKey, 'utf8').digest('hex')}`).toString();
