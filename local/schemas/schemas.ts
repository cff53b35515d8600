/** `flotilla schemas VERB`: one place that knows what a person can do with schemas. Each verb has its own file. */
import { explain } from './explain';
import { mirror } from './mirror';

/** What a verb was called with; it resolves to the exit code. */
type Verb = (argv: readonly string[]) => Promise<number>;

const verbs: Record<string, { readonly run: Verb; readonly doc: string }> = {
  explain: { run: explain, doc: 'say which repository was asked for a schema, in which order, and what each said' },
  mirror: { run: mirror, doc: 'fetch all schemas of a repository into a folder that any web server can serve' },
};

const usage = (): string => {
  const rows = Object.entries(verbs).map(([name, { doc }]) => `  ${name.padEnd(9)} ${doc}`);
  return `usage: flotilla schemas VERB [options]\n\n${rows.join('\n')}\n\nflotilla schemas VERB --help says more. Exit codes: 0 done, 1 not all went well, 2 refused.\n`;
};

/** Resolves to the exit code of the verb, or 2 when there is none of that name. */
export async function schemas(argv: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name === '--help' || name === 'help') {
    process.stdout.write(usage());
    return 0;
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb !== undefined) return verb.run(rest);
  process.stderr.write(`flotilla schemas: there is no ${name}; there are ${Object.keys(verbs).join(', ')}\n`);
  return 2;
}
