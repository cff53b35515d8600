/**
 * A reader that lists and reads files all the while, as a data team's jobs do. A file that changes, vanishes or is not whole
 * is a fault, whenever it happens. Where the files lie is the caller's business: a folder, a bucket.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { inParallel } from '../../runtime/in-parallel';
import type { Clock } from '../../runtime/clock';

export interface WatchedFiles {
  /** By their names: what becomes another text when the file changes (an ETag, a size). */
  list(): Promise<ReadonlyMap<string, string>>;
  read(name: string): Promise<Buffer>;
}

/** A file as it was first seen. */
export interface SeenFile {
  readonly name: string;
  readonly lines: readonly string[];
  /** The number of the look that saw it first: of two files the one with the lower number was there sooner. */
  readonly look: number;
}

/** A batch of thousands of files appears at once. */
const READS_PARALLEL = 8;

export class FileWatch {
  readonly faults: string[] = [];
  /** Looks so far. */
  looks = 0;
  private readonly seen = new Map<string, { readonly mark: string; readonly hash: string }>();
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly files: WatchedFiles,
    private readonly onFile: (file: SeenFile) => void,
    private readonly clock: Clock,
  ) {}

  get count(): number {
    return this.seen.size;
  }

  start(everyMs: number): void {
    this.watching = (async () => {
      while (!this.stopping.signal.aborted) {
        await this.look();
        await this.clock.sleep(everyMs, this.stopping.signal);
      }
    })();
  }

  /** Ends the watching and reads every file once more; a second call does nothing. */
  async stop(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort();
    await this.watching;
    await this.look();
    await inParallel([...this.seen], READS_PARALLEL, async ([name, { hash }]) => {
      if (hashOf(await this.files.read(name)) !== hash) this.faults.push(`${name} has changed`);
    });
  }

  private async look(): Promise<void> {
    const look = ++this.looks;
    const listed = await this.files.list();
    for (const [name, { mark }] of this.seen) {
      const now = listed.get(name);
      if (now === undefined) this.faults.push(`${name} has vanished`);
      else if (now !== mark) this.faults.push(`${name} is not what it was (${mark}, now ${now})`);
    }
    const fresh = [...listed].filter(([name]) => !this.seen.has(name));
    await inParallel(fresh, READS_PARALLEL, async ([name, mark]) => {
      const bytes = await this.files.read(name);
      this.seen.set(name, { mark, hash: hashOf(bytes) });
      this.onFile({ name, look, lines: this.linesOf(name, bytes) });
    });
  }

  private linesOf(name: string, bytes: Buffer): readonly string[] {
    try {
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
      if (!text.endsWith('\n')) this.faults.push(`${name} ends in the middle of a line`);
      return text.split('\n').slice(0, -1);
    } catch (error) {
      this.faults.push(`${name} is no whole gzip file: ${String(error)}`);
      return [];
    }
  }
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
