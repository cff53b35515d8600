/**
 * The program `flotilla`: one place that knows the commands that a person types. Each command has its own file.
 */
import { chaos } from './chaos/chaos';
import { schemas } from './schemas/schemas';
import { send } from './send/send';
import { simulate } from './simulate/simulate';
import { start } from './start/starter';

/** What a command was called with; it resolves to the exit code. */
export type Command = (argv: readonly string[]) => Promise<number>;

const commands: Record<string, { readonly run: Command; readonly doc: string }> = {
  start: { run: start, doc: 'run the whole pipeline on this machine; Ctrl-C stops it' },
  send: { run: send, doc: 'send real tracker events to a collector and say how many were accepted' },
  simulate: { run: simulate, doc: 'play the life of a fleet of workers on virtual time, and say how its leases fared' },
  chaos: { run: chaos, doc: 'let faults strike a pipeline under load, and prove that nothing is lost or doubled' },
  schemas: { run: schemas, doc: 'mirror the schemas of a repository, and explain where a schema comes from' },
};

const usage = (): string => {
  const rows = Object.entries(commands).map(([name, { doc }]) => `  ${name.padEnd(9)} ${doc}`);
  return `usage: flotilla COMMAND [options]\n\n${rows.join('\n')}\n\nflotilla COMMAND --help says more. Exit codes: 0 done, 1 not all went well, 2 refused.\n`;
};

/** `argv`: the arguments after the program's name. Sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  const [name = '--help', ...rest] = argv;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (name === '--help' || name === 'help') {
    process.stdout.write(usage());
  } else if (command === undefined) {
    process.stderr.write(`flotilla: there is no command ${name}; there are ${Object.keys(commands).join(', ')}\n`);
    process.exitCode = 2;
  } else {
    process.exitCode = await command.run(rest);
  }
}
