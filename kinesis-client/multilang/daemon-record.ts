/** A record as the MultiLangDaemon sends it, with the extras beside that a record of this client has. */
import type { ClientRecord } from '../shards/client-record';

/** Only its getters count: they stand beside the fields of the daemon's own object, and do not show when it is printed or copied. */
abstract class DaemonRecord {
  abstract readonly data: string;
  abstract readonly subSequenceNumber: number;

  /** Made anew at each look. */
  get bytes(): Buffer {
    return Buffer.from(this.data, 'base64');
  }

  /** The daemon does not say it: true where it shows, which is from the second user record of an aggregate on. */
  get aggregated(): boolean {
    return this.subSequenceNumber > 0;
  }
}

/** The same object, its fields as they came. */
export const daemonRecord = (record: object): ClientRecord =>
  Object.setPrototypeOf(record, DaemonRecord.prototype) as ClientRecord;
