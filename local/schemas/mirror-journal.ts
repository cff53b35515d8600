/**
 * What a mirroring has done so far, line by line, so that one that broke off goes on where it was. Pure: mirror-repository.ts keeps
 * the file. A line counts when it is whole.
 */
import { parseSchemaKey } from '../../protocol/schema-key';

/** What became of one schema: it was not there, the same was, another was; or it could not be had. */
export type MirrorOutcome = 'new' | 'same' | 'changed' | 'failed';
export type DoneOutcome = Exclude<MirrorOutcome, 'failed'>;

export const journalHead = (from: string): string => `from ${from}\n`;
export const journalLine = (outcome: DoneOutcome, uri: string): string => `${outcome} ${uri}\n`;

/** Of another repository, or of none: nothing is done. */
export function readJournal(text: string, from: string): ReadonlyMap<string, DoneOutcome> {
  const done = new Map<string, DoneOutcome>();
  if (!text.startsWith(journalHead(from))) return done;
  const whole = text.slice(0, text.lastIndexOf('\n'));
  for (const line of whole.split('\n').slice(1)) {
    const [outcome, uri = ''] = line.split(' ');
    if (isDone(outcome) && typeof parseSchemaKey(uri) !== 'string') done.set(uri, outcome);
  }
  return done;
}

const isDone = (outcome: string | undefined): outcome is DoneOutcome =>
  outcome === 'new' || outcome === 'same' || outcome === 'changed';

/** `before` of them were done by an earlier run. */
export function mirrorSummary(outcomes: readonly MirrorOutcome[], before: number): string {
  const count = (wanted: MirrorOutcome): string =>
    `${outcomes.filter((outcome) => outcome === wanted).length} ${wanted}`;
  const parts = (['new', 'same', 'changed', 'failed'] as const).map(count).join(', ');
  return `${outcomes.length} schemas: ${parts}${before === 0 ? '' : ` (${before} of them by an earlier run)`}`;
}
