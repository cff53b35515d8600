/**
 * Shard iterators in kinesalite's own form, so that those that its GetShardIterator makes and those that our GetRecords
 * makes are one kind: 8 fixed bytes, then encrypted `created ms/stream/shard id/sequence number/padding`.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { clientError } from '../service-error';
import { kinesaliteDb } from './kinesalite-store';

/** Where reading goes on: at the first record whose sequence number is this or higher. */
export interface ShardPosition {
  readonly streamName: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
}

/** An iterator is good for five minutes (API reference of GetShardIterator). */
export const ITERATOR_LIFE_MS = 300_000;

const HEADER = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);
const PADDING = '0'.repeat(36);
const key = kinesaliteDb.ITERATOR_PWD_KEY;
const iv = kinesaliteDb.ITERATOR_PWD_IV;

export function writeShardIterator(position: ShardPosition, nowMs: number): string {
  const created = String(Math.floor(nowMs)).padStart(14, '0');
  const text = [created, position.streamName, position.shardId, position.sequenceNumber, PADDING].join('/');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([HEADER, cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
}

/** Throws InvalidArgumentException for what is no iterator, ExpiredIteratorException for one that is too old. */
export function readShardIterator(iterator: string, nowMs: number): ShardPosition {
  const [created, streamName, shardId, sequenceNumber, padding] = decrypt(iterator).split('/');
  if (
    padding !== PADDING ||
    !streamName ||
    !/^shardId-\d{12}$/.test(shardId ?? '') ||
    !/^\d+$/.test(sequenceNumber ?? '')
  )
    throw invalid();
  const createdMs = Number(created);
  if (nowMs - createdMs > ITERATOR_LIFE_MS)
    throw clientError(
      'ExpiredIteratorException',
      `Iterator expired. The iterator was created at time ${utc(createdMs)} while right now it is ${utc(nowMs)} which ` +
        `is further in the future than the tolerated delay of ${ITERATOR_LIFE_MS} milliseconds.`,
    );
  return { streamName, shardId: shardId as string, sequenceNumber: sequenceNumber as string };
}

function decrypt(iterator: string): string {
  const bytes = Buffer.from(iterator, 'base64');
  if (!bytes.subarray(0, HEADER.length).equals(HEADER) || bytes.toString('base64') !== iterator) throw invalid();
  const decipher = createDecipheriv('aes-256-cbc', key, iv);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(HEADER.length)), decipher.final()]).toString('utf8');
  } catch {
    throw invalid();
  }
}

const invalid = () => clientError('InvalidArgumentException', 'Invalid ShardIterator.');

/** `Thu Jan 22 01:22:02 UTC 2015`, as the service writes it. */
const utc = (ms: number): string =>
  new Date(ms).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 UTC $4');
