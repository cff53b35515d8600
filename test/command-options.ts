/** Options of the commands that are run from the sources: a person's mistake is one line, and exit code 2. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { messageOf } from '../runtime/errors';

export function refuse(command: string, fault: string): never {
  process.stderr.write(`${command}: ${fault}\n`);
  process.exit(2);
}

/** Of this process. */
export function optionsOf<const O extends NonNullable<ParseArgsConfig['options']>>(command: string, options: O) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(command, messageOf(error));
  }
}

/** From 1 to a billion. */
export function numberOption(command: string, name: string, value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) refuse(command, `--${name} is "${value}": it must be a whole number, from 1`);
  return Number(value);
}
