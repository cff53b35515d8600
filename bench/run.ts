/**
 * `npm run bench NAME [-- --seconds N] [--json]`: runs one bench, from the sources, and prints what it found: a table, or
 * under `--json` one object as the last line. Exit codes: 0 every bar holds, 1 one does not, 2 a wrong name or option.
 */
import { parseArgs } from 'node:util';
import { checkLine, checkTable } from '../runtime/check';
import { analyticsJson } from './analytics-json';
import { type Bench } from './check';
import { clientRecords } from './client-records';
import { collector } from './collector';
import { enrich } from './enrich';
import { gzip } from './gzip';
import { kinesisClient } from './kinesis-client';
import { kinesisFront } from './kinesis-front';
import { leases } from './leases';
import { pipeline } from './pipeline';

const benches: Readonly<Record<string, Bench>> = {
  enrich,
  pipeline,
  gzip,
  'analytics-json': analyticsJson,
  collector,
  'kinesis-client': kinesisClient,
  'kinesis-front': kinesisFront,
  'client-records': clientRecords,
  leases,
};

const usage = `usage: npm run bench NAME [-- --seconds N] [--json]

${Object.entries(benches)
  .map(([name, { doc }]) => `  ${name.padEnd(15)} ${doc}`)
  .join('\n')}

  --seconds N  how long each thing is measured; default 3
  --json       one JSON object as the last line
`;

function refuse(fault: string): never {
  process.stderr.write(`bench: ${fault}\n\n${usage}`);
  process.exit(2);
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: { seconds: { type: 'string', default: '3' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parse(argv);
  const [name = '', ...others] = positionals;
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  const seconds = Number(values.seconds);
  if (bench === undefined || others.length > 0)
    return refuse(`there is no bench ${positionals.join(' ') || 'without a name'}`);
  if (!(seconds > 0 && seconds <= 60))
    return refuse(`--seconds is ${values.seconds}: it must be above 0 and at most 60`);
  const checks = await bench.run(seconds);
  process.stdout.write(values.json === true ? checkLine(name, checks) : checkTable(checks));
  return checks.every(({ holds }) => holds) ? 0 : 1;
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
