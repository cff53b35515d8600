/** The other end of a MultiLangDaemon's child: says lines, and collects what the child wrote, to the byte. */
import { PassThrough, Writable } from 'node:stream';

export class FakeDaemon {
  /** The child's input. */
  readonly toChild = new PassThrough();
  /** What the child wrote to its standard output, whole. */
  heard = '';
  /** What it wrote to its standard error output. */
  log = '';
  readonly fromChild: Writable;
  readonly childLog: Writable;

  /** `takes`: how many bytes the pipe from the child holds before it is full. */
  constructor({ takes = 65_536 } = {}) {
    this.fromChild = new Writable({
      highWaterMark: takes,
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        this.heard += chunk;
        setImmediate(done);
      },
    });
    this.childLog = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        this.log += chunk;
        done();
      },
    });
  }

  get streams() {
    return { input: this.toChild, output: this.fromChild, log: this.childLog };
  }

  /** The messages that the child has sent so far; the daemon ignores what is no JSON. */
  get messages(): unknown[] {
    return this.heard
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as unknown);
  }

  say(message: object | string): void {
    this.toChild.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }

  /** Says it, and resolves with the messages that come in turn, when there are `count` of them or nothing more happens. */
  async ask(message: object | string, count = 1): Promise<unknown[]> {
    const before = this.messages.length;
    this.say(message);
    await this.until(() => this.messages.length >= before + count);
    return this.messages.slice(before);
  }

  close(): void {
    this.toChild.end();
  }

  /** Lets the event loop turn until it holds, a few hundred times at most. */
  async until(holds: () => boolean): Promise<void> {
    for (let turns = 0; turns < 300 && !holds(); turns++) await new Promise((resolve) => setImmediate(resolve));
  }
}

export const initialize = {
  action: 'initialize',
  shardId: 'shardId-000000000001',
  sequenceNumber: 'TRIM_HORIZON',
  subSequenceNumber: 0,
};

/** Records with these sequence numbers, as the daemon writes them. */
export const processRecords = (...sequenceNumbers: string[]) => ({
  action: 'processRecords',
  records: sequenceNumbers.map((sequenceNumber) => ({
    data: Buffer.from(`data of ${sequenceNumber}`).toString('base64'),
    partitionKey: 'key',
    sequenceNumber,
    approximateArrivalTimestamp: 1_795_416_731_584,
    subSequenceNumber: 0,
    action: 'record',
  })),
  millisBehindLatest: 0,
});

export const checkpointed = (sequenceNumber: string | null = null, error: string | null = null) => ({
  action: 'checkpoint',
  sequenceNumber,
  subSequenceNumber: null,
  error,
});

export const status = (responseFor: string) => ({ action: 'status', responseFor });
