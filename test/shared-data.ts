/** Test data that lies beside the repository and is not part of it. A test says loudly when it is not there. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = process.env.FLOTILLA_SHARED ?? resolve(__dirname, '../../shared');

/** The absolute path of a file or folder of the shared test data, or null when it is not there. */
export function sharedData(name: string): string | null {
  const path = join(root, name);
  return existsSync(path) ? path : null;
}

/** Says on the standard error output, whatever the reporter, that a test did nothing, and why. */
export function skipped(name: string, reason: string): void {
  process.stderr.write(`SKIPPED ${name}: ${reason}\n`);
}
