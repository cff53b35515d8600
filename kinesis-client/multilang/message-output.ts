/**
 * Writes messages to the daemon, one at a time, each when the one before it is out: a full pipe is waited for, not taken for a
 * fault. A line of its own before each message, as aws-kcl: whatever the application printed ends there.
 */
import type { Writable } from 'node:stream';

export class MessageOutput {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly output: Writable) {}

  /** Resolves when it is out; rejects, now and from then on, when the daemon does not read any more. */
  send(message: string): Promise<void> {
    this.last = this.last.then(() => this.write(`\n${message}\n`));
    return this.last;
  }

  /** Resolves when everything is out. */
  flushed(): Promise<void> {
    return this.last;
  }

  private write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.output.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }
}
