/** Watches the output of a chaos run, where it lies as files, and counts its lines by the event that each is of. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock';
import { countEach } from './compare-events';
import { FileWatch, type SeenFile } from './file-watch';

const TABLES = ['enriched', 'bad'];
const LOOK_EVERY_MS = 500;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;

export class OutputWatch {
  /** Lines by the id of their event. */
  readonly events = new Map<string, number>();
  lines = 0;
  private readonly watch: FileWatch;

  /** @param isEvent whether an id is one of an event that was sent: a line holds other ids too */
  constructor(
    folder: string,
    private readonly isEvent: (id: string) => boolean,
    clock: Clock,
  ) {
    const source = { list: () => listFiles(folder), read: (name: string) => readFile(join(folder, name)) };
    this.watch = new FileWatch(source, (file) => this.count(file), clock);
  }

  get faults(): readonly string[] {
    return this.watch.faults;
  }

  get files(): number {
    return this.watch.count;
  }

  start(): void {
    this.watch.start(LOOK_EVERY_MS);
  }

  /** Ends the watching and reads every file once more. */
  stop(): Promise<void> {
    return this.watch.stop();
  }

  private count({ name, lines }: SeenFile): void {
    this.lines += lines.length;
    countEach(lines.map((line) => this.eventOf(line, name)), this.events); // prettier-ignore
  }

  /** The one event that the line is of. */
  private eventOf(line: string, name: string): string {
    const [id, ...others] = new Set((line.match(UUID) ?? []).filter(this.isEvent));
    if (id !== undefined && others.length === 0) return id;
    this.watch.faults.push(`${name} has a line of ${id === undefined ? 'no event' : 'several events'}`);
    return 'unknown';
  }
}

/** Sizes of the files of all tables, by their paths in the folder. */
async function listFiles(folder: string): Promise<Map<string, string>> {
  const names = (await Promise.all(TABLES.map((table) => filesIn(folder, table)))).flat();
  const sizes = await Promise.all(names.map(async (name) => String((await stat(join(folder, name))).size)));
  return new Map(names.map((name, index) => [name, sizes[index] as string]));
}

/** None when the table is not there yet. */
async function filesIn(folder: string, table: string): Promise<string[]> {
  try {
    const entries = await readdir(join(folder, table), { recursive: true });
    return entries.filter((entry) => entry.endsWith('.gz')).map((entry) => join(table, entry));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
