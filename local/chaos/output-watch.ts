/**
 * A reader that lists and reads the bucket all the while, as a data team's jobs do. A file that changes, vanishes or is not
 * whole is a fault, whenever it happens.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Clock } from '../../runtime/clock';
import { countEach } from './compare-events';

interface SeenFile {
  readonly size: number;
  readonly hash: string;
}

const TABLES = ['enriched', 'bad'];
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;

export class OutputWatch {
  /** Lines by the id of their event. */
  readonly events = new Map<string, number>();
  readonly faults: string[] = [];
  lines = 0;
  private readonly seen = new Map<string, SeenFile>();
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  /** @param isEvent whether an id is one of an event that was sent: a bad row holds other ids too */
  constructor(
    private readonly folder: string,
    private readonly isEvent: (id: string) => boolean,
    private readonly clock: Clock,
  ) {}

  get files(): number {
    return this.seen.size;
  }

  start(everyMs = 500): void {
    this.watching = (async () => {
      while (!this.stopping.signal.aborted) {
        await this.look();
        await this.clock.sleep(everyMs, this.stopping.signal);
      }
    })();
  }

  /** Ends the watching and reads every file once more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await this.look();
    for (const [name, { hash }] of this.seen) {
      if (hashOf(await readFile(join(this.folder, name))) !== hash) this.faults.push(`${name} has changed`);
    }
  }

  private async look(): Promise<void> {
    const names = new Set((await Promise.all(TABLES.map((table) => filesIn(this.folder, table)))).flat());
    for (const name of this.seen.keys()) if (!names.has(name)) this.faults.push(`${name} has vanished`);
    for (const name of names) {
      const seen = this.seen.get(name);
      if (seen === undefined) this.seen.set(name, await this.read(name));
      else if ((await stat(join(this.folder, name))).size !== seen.size) this.faults.push(`${name} has another size`);
    }
  }

  private async read(name: string): Promise<SeenFile> {
    const bytes = await readFile(join(this.folder, name));
    try {
      const text = gunzipSync(bytes).toString('utf8');
      if (!text.endsWith('\n')) this.faults.push(`${name} ends in the middle of a line`);
      const lines = text.split('\n').slice(0, -1);
      this.lines += lines.length;
      countEach(
        lines.map((line) => this.eventOf(line, name)),
        this.events,
      );
    } catch (error) {
      this.faults.push(`${name} is no whole gzip file: ${String(error)}`);
    }
    return { size: bytes.length, hash: hashOf(bytes) };
  }

  /** The one event that the line is of. */
  private eventOf(line: string, name: string): string {
    const ids = new Set((line.match(UUID) ?? []).filter(this.isEvent));
    const [id, ...others] = ids;
    if (id !== undefined && others.length === 0) return id;
    this.faults.push(`${name} has a line of ${ids.size} events`);
    return 'unknown';
  }
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Paths of files below `folder/table`, relative to the folder; none when it is not there yet. */
async function filesIn(folder: string, table: string): Promise<string[]> {
  try {
    const entries = await readdir(join(folder, table), { recursive: true });
    return entries.filter((entry) => entry.endsWith('.gz')).map((entry) => join(table, entry));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
