/** What `flotilla schemas explain` prints of a look-up. Pure. */
import type { LookupHistoryEntry } from '../../protocol/lookup-history';
import type { RepositoryAnswer } from '../../protocol/repository-answer';
import type { Repository } from '../../protocol/resolver-config';

/** What came of one repository, in the order of the asking. */
export interface Step {
  readonly repository: Repository;
  /** Null: it was not asked, since one before it has the schema. */
  readonly asked: {
    readonly answer: RepositoryAnswer;
    /** HTTP's; null: there was none, or it is a folder. */
    readonly status: number | null;
    readonly ms: number;
  } | null;
}

/** A line for each repository. */
export function explanation(vendor: string, steps: readonly Step[]): string {
  const rows = steps.map(({ repository, asked }, i) => {
    const { name, connection } = repository;
    const where = connection.kind === 'http' ? connection.uri : connection.path;
    const said =
      asked === null
        ? 'not asked: found before'
        : `${outcomeOf(asked.answer)}${asked.status === null ? '' : ` (status ${asked.status})`}, ${Math.round(asked.ms)} ms`;
    return [String(i + 1), name, where, whyHere(repository, vendor), said];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}\n`).join('');
}

/** The reasons of the order, the strongest first (snowplow-protocol 5.2). */
function whyHere({ vendorPrefixes, priority, connection }: Repository, vendor: string): string {
  const prefix = vendorPrefixes.find((one) => vendor.startsWith(one));
  const lists = prefix === undefined ? 'lists another vendor' : `lists ${prefix === '' ? 'every vendor' : prefix}`;
  const first = vendorPrefixes.length === 0 ? 'lists no vendor' : lists;
  return `${first}, ${connection.kind}, priority ${priority}`;
}

function outcomeOf(answer: RepositoryAnswer): string {
  if (answer.kind === 'found') return 'found';
  if (answer.kind === 'not-found') return 'not found';
  const { error } = answer;
  const text = error.error === 'NotFound' ? error.error : `${error.error}: ${error.message}`;
  return answer.kind === 'refused' ? `of no use: ${text}` : `cannot say: ${text}`;
}

/** What a schema server said, in its own words. */
export interface ServerReply {
  readonly status: number;
  /** Of the headers. */
  readonly repository: string | null;
  readonly isUnsure: boolean;
  readonly history: readonly LookupHistoryEntry[];
  readonly message: string;
}

/** The first line is the outcome; then one for each repository. */
export function serverExplanation({ status, repository, isUnsure, history, message }: ServerReply): string {
  const rows = history.map(({ repository: name, errors, attempts, lastAttempt }) => {
    const said = errors.map((error) => (error.error === 'NotFound' ? 'not found' : `${error.error}: ${error.message}`));
    return `  ${name}: ${said.join('; ')} (${attempts === 0 ? 'not asked now, last' : 'asked'} ${lastAttempt})\n`;
  });
  return `${headline(status, repository, isUnsure, message)}\n${rows.join('')}`;
}

function headline(status: number, repository: string | null, isUnsure: boolean, message: string): string {
  if (status === 200) return `found ${repository === null ? 'in its own folders' : `in ${repository}`}`;
  return isUnsure ? `${message}, but it may exist: a repository could not be asked` : message;
}
