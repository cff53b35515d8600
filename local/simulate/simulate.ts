/**
 * `flotilla simulate`: plays the life of a fleet of workers on virtual time and says what came of the client's promises: how
 * fast leases find an owner, how often they move, what it costs. The same options print the same, byte for byte.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { leaseFields } from '../../kinesis-client/leases/config';
import type { FleetOptions } from '../../kinesis-client/simulation/fleet';
import { checkLine, checkTable } from '../../runtime/check';
import { loadSettings, settingsHelp } from '../../runtime/config';
import { environmentHere } from '../../runtime/environment';
import { messageOf } from '../../runtime/errors';
import { fleetChart } from './fleet-chart';
import { fleetPlot } from './fleet-plot';
import { tellFleetStory, type FleetStory } from './fleet-story';
import { checkSimulate, simulateFields, type SimulateSettings } from './simulate-config';

/** Resolves to the exit code: 0 when every bar holds, 1 when one does not, 2 when nothing was simulated. */
export async function simulate(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) return help();
  const sources = { argv, environment: environmentHere(), readFile: (path: string) => readFileSync(path, 'utf8') };
  const loaded = loadSettings({ simulate: simulateFields }, sources, { bareSection: 'simulate', flags: ['--json'] });
  if (loaded.kind === 'faults') return refuse(loaded.faults);
  const { simulate: settings } = loaded.settings;
  const faults = checkSimulate(settings);
  if (faults.length > 0) return refuse(faults);
  const fault = draw(settings.plot, ''); // nobody wants to hear of it after the simulation
  if (fault !== null) return refuse([fault]);
  const story = await tellFleetStory(fleetOptions(settings), settings.workers);
  draw(settings.plot, fleetPlot(story, heading(settings)));
  process.stdout.write(loaded.flags.has('--json') ? checkLine('simulate', story.checks) : page(story, settings));
  return story.checks.every(({ holds }) => holds) ? 0 : 1;
}

/** What the options leave open is as in a worker that nobody configured. */
function fleetOptions(simulated: SimulateSettings): FleetOptions {
  const { shards, seed, failoverMs, lookMs, lookUnits, latencyMs, checkpointMs } = simulated;
  const defaults = loadSettings({ kinesisClient: leaseFields }, { argv: [], environment: {}, readFile: String });
  if (defaults.kind === 'faults') throw new Error(defaults.faults.join('; '));
  return {
    shards,
    seed,
    hasRows: true,
    settings: {
      ...defaults.settings.kinesisClient,
      leaseDurationMs: failoverMs,
      lookIntervalMs: lookMs,
      scanUnitsPerSecondMax: lookUnits,
    },
    roundTripMs: latencyMs,
    batchMsMax: BATCH_MS_MAX,
    checkpointIntervalMs: checkpointMs,
  };
}

/** The longest that a shard works on its last batch before it lets go. */
const BATCH_MS_MAX = 500;

const heading = ({ workers, shards, failoverMs, seed }: SimulateSettings): string =>
  `${workers} workers, ${shards} shards, failover ${failoverMs / 1_000} s, seed ${seed}`;

const page = (story: FleetStory, settings: SimulateSettings): string =>
  `${heading(settings)}\n\n${fleetChart(story)}\n${checkTable(story.checks)}`;

/** What went wrong, or null. Draws nothing where no file is named. */
function draw(file: string, picture: string): string | null {
  if (file === '') return null;
  try {
    writeFileSync(file, picture);
    return null;
  } catch (error) {
    return `--plot ${file} cannot be written: ${messageOf(error)}`;
  }
}

function refuse(faults: readonly string[]): number {
  for (const fault of faults) process.stderr.write(`flotilla: ${fault}\n`);
  return 2;
}

function help(): number {
  process.stdout.write('usage: npm run simulate -- [options]     (or: flotilla simulate [options])\n\n');
  process.stdout.write('Plays the life of a fleet of real lease keepers on virtual time: cold start, join,\n');
  process.stdout.write('crash, graceful stop, rolling deploy. Exit code 1 when a promise is not kept.\n\n');
  process.stdout.write(`${settingsHelp({ simulate: simulateFields }, 'simulate')}\n`);
  process.stdout.write(`  ${'--json'.padEnd(34)} What was found as one JSON object, the last line.\n`);
  return 0;
}
