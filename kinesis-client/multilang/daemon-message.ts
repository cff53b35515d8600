/**
 * What crosses between the MultiLangDaemon and its child, as values: one JSON object a line. Pure. Names, fields and their
 * order are the daemon's and aws-kcl's (the package software.amazon.kinesis.multilang.messages; lib/kcl of aws-kcl).
 */
import { FlotillaError } from '../../runtime/errors';
import type { ClientRecord } from '../shards/client-record';
import { daemonRecord } from './daemon-record';

export type DaemonAction =
  | {
      readonly action: 'initialize';
      readonly shardId: string;
      /** Digits, or `TRIM_HORIZON`, `LATEST`, `AT_TIMESTAMP`. */
      readonly sequenceNumber: string;
      readonly subSequenceNumber: number;
    }
  | {
      readonly action: 'processRecords';
      readonly records: readonly ClientRecord[];
      /** Null when the daemon does not know it. */
      readonly millisBehindLatest: number | null;
    }
  | { readonly action: 'leaseLost' | 'shardEnded' | 'shutdownRequested' }
  /** Of old daemons, in the place of leaseLost and shardEnded. */
  | { readonly action: 'shutdown'; readonly reason: 'ZOMBIE' | 'TERMINATE' };

/** The answer to a request of ours. */
export interface CheckpointAnswer {
  readonly action: 'checkpoint';
  /** As it was asked for: null when no position was. */
  readonly sequenceNumber: string | null;
  /** Null, or the name of a Java exception without its package. */
  readonly error: string | null;
}

/**
 * Fields that are not known here stay: aws-kcl hands them on too.
 * @throws FlotillaError FLOTILLA_MULTILANG for what is no message of the daemon.
 */
export function parseDaemonMessage(line: string): DaemonAction | CheckpointAnswer {
  const message = parse(line);
  const text = (...names: string[]): boolean => names.every((name) => typeof message[name] === 'string');
  const faulty = (what: string): never => fail(`${what}: ${shown(line)}`);
  switch (message.action) {
    case 'initialize':
      if (!text('shardId', 'sequenceNumber')) faulty('an initialize lacks its shard or its position');
      break;
    case 'processRecords':
      if (!Array.isArray(message.records)) faulty('a processRecords lacks its records');
      message.records = (message.records as object[]).map(daemonRecord);
      break;
    case 'shutdown':
      if (message.reason !== 'ZOMBIE' && message.reason !== 'TERMINATE')
        faulty('a shutdown has no reason that we know');
      break;
    case 'checkpoint':
      if (message.error !== null && !text('error'))
        faulty('a checkpoint says neither that it failed nor that it did not');
      break;
    case 'leaseLost':
    case 'shardEnded':
    case 'shutdownRequested':
      break;
    default:
      faulty('the daemon sent an action that we do not know');
  }
  return message as unknown as DaemonAction | CheckpointAnswer;
}

export const statusMessage = (responseFor: DaemonAction['action']): string =>
  JSON.stringify({ action: 'status', responseFor });

/** A sub-sequence number of 0 is what the daemon means without one; aws-kcl knows none. */
export const checkpointMessage = (sequenceNumber: string | null, subSequenceNumber: number): string =>
  JSON.stringify({
    action: 'checkpoint',
    sequenceNumber,
    ...(subSequenceNumber === 0 ? {} : { subSequenceNumber }),
  });

function parse(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    fail(`the daemon sent what is no JSON: ${shown(line)}`);
  }
  if (typeof value !== 'object' || value === null) fail(`the daemon sent what is no message: ${shown(line)}`);
  return value as Record<string, unknown>;
}

/** Enough to tell what it was; the data of records must not fill a log. */
const shown = (line: string): string => (line.length > 200 ? `${line.slice(0, 200)}...` : line);

const fail = (message: string): never => {
  throw new FlotillaError('FLOTILLA_MULTILANG', message);
};
