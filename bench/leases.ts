/**
 * What the client promises of its leases, measured on fleets of real lease keepers on virtual time: take-over after crashes
 * at random phases, graceful stops, cold starts, joins, quiet, a rolling deploy. Nothing here takes the machine's time into
 * account: the figures are the same everywhere, only the bench takes longer.
 */
import { leaseFields } from '../kinesis-client/leases/config';
import { Fleet } from '../kinesis-client/simulation/fleet';
import {
  beQuiet,
  coldStart,
  crashOne,
  joinMore,
  rollingDeploy,
  stopOne,
} from '../kinesis-client/simulation/fleet-acts';
import { coldStartChecks, crashCheck, deployChecks, joinCheck, quietCheck, stopCheck } from '../kinesis-client/simulation/lease-bars'; // prettier-ignore
import type { Check } from '../runtime/check';
import { seededRandom } from '../runtime/random';
import { defaultsOf } from '../test/default-settings';
import { figure, type Bench } from './check';

interface Size {
  readonly workers: number;
  readonly leases: number;
}

const BIG: Size = { workers: 50, leases: 500 };
const DEPLOYED: Size = { workers: 10, leases: 53 };
/** 1,000 in all. */
const CRASHES: readonly (Size & { readonly crashes: number })[] = [
  { workers: 2, leases: 8, crashes: 400 },
  { ...DEPLOYED, crashes: 400 },
  { workers: 20, leases: 200, crashes: 120 },
  { ...BIG, crashes: 80 },
];
const STOPS = 10;
const SEEDS = [1, 2, 3];
const QUIET_LOOKS = 100;
/** The next worker stops as soon as the one before has its share. */
const DEPLOY_PAUSE_MS = 0;
/** A process that died is started again by pm2 within a second, by an autoscaling group within minutes. */
const RESTART_MS_MAX = 15_000;

export const leases: Bench = {
  doc: 'crashes, stops, cold starts, joins and deploys of whole fleets on virtual time',
  async run() {
    return [...(await crashes()), ...(await coldStarts()), ...(await bigFleet()), ...(await deploys())];
  },
};

const fleetOf = ({ leases: shards }: Size, seed: number): Fleet =>
  new Fleet({
    shards,
    seed,
    hasRows: true,
    settings: defaultsOf(leaseFields),
    roundTripMs: 10,
    batchMsMax: 500,
    checkpointIntervalMs: 0,
  });

const named = (size: Size, checks: readonly Check[]): Check[] =>
  checks.map((check) => ({ ...check, name: `${size.workers} x ${size.leases}, ${check.name}` }));

/** All on one fleet, so that later crashes meet what earlier ones left behind. */
async function crashes(): Promise<Check[]> {
  const checks: Check[] = [];
  for (const size of CRASHES) {
    const fleet = fleetOf(size, 1);
    const random = seededRandom(size.crashes);
    await coldStart(fleet, size.workers, 0);
    let worstMs = 0;
    for (let i = 0; i < size.crashes; i++) {
      await fleet.advance(random.integer(10_000)); // any phase of renewals and looks
      worstMs = Math.max(worstMs, await crashOne(fleet, random.integer(RESTART_MS_MAX)));
    }
    checks.push(...named(size, [crashCheck(worstMs, fleet.failoverMs)]));
  }
  return checks;
}

/** The worst of some seeds, for workers that start at once and within a second. */
async function coldStarts(): Promise<Check[]> {
  const checks: Check[] = [];
  for (const withinMs of [0, 1_000]) {
    const starts = [];
    let lookMs = 0;
    for (const seed of SEEDS) {
      const fleet = fleetOf(BIG, seed);
      starts.push(await coldStart(fleet, BIG.workers, withinMs));
      lookMs = fleet.lookMsMax;
    }
    const worst = {
      allOwnedMs: Math.max(...starts.map(({ allOwnedMs }) => allOwnedMs)),
      evenMs: Math.max(...starts.map(({ evenMs }) => evenMs)),
      takes: Math.max(...starts.map(({ takes }) => takes)),
    };
    const name = withinMs === 0 ? 'at once' : `within ${withinMs / 1_000} s`;
    checks.push(...coldStartChecks(worst, BIG.leases, lookMs).map((one) => ({ ...one, name: `${one.name}, ${name}` })));
  }
  return named(BIG, checks);
}

async function bigFleet(): Promise<Check[]> {
  const fleet = fleetOf(BIG, 1);
  await coldStart(fleet, BIG.workers, 0);
  await joinMore(fleet, 1); // even from here on, whatever the cold start left
  const join = joinCheck(await joinMore(fleet, BIG.workers / 10));
  const quietFromMs = fleet.nowMs;
  const quiet = quietCheck(await beQuiet(fleet, QUIET_LOOKS));
  const seconds = fleet.history.seconds.filter(({ atMs }) => atMs > quietFromMs);
  const readUnits = seconds.reduce((sum, second) => sum + second.readUnits, 0) / seconds.length;
  const writeUnits = seconds.reduce((sum, second) => sum + second.writeUnits, 0) / seconds.length;
  const lookMs = fleet.lookMsMax;
  let worstMs = 0;
  for (let i = 0; i < STOPS; i++) {
    worstMs = Math.max(worstMs, await stopOne(fleet));
    await joinMore(fleet, 1);
  }
  return named(BIG, [
    join,
    quiet,
    figure('quiet: read units', readUnits, 'units/s'),
    figure('quiet: write units', writeUnits, 'units/s'),
    stopCheck(worstMs, lookMs),
  ]);
}

/** The worst of some seeds. */
async function deploys(): Promise<Check[]> {
  const deployed = [];
  let lookMs = 0;
  for (const seed of SEEDS) {
    const fleet = fleetOf(DEPLOYED, seed);
    await coldStart(fleet, DEPLOYED.workers, 0);
    lookMs = fleet.lookMsMax;
    deployed.push(await rollingDeploy(fleet, DEPLOY_PAUSE_MS));
  }
  const worst = {
    moves: Math.max(...deployed.map(({ moves }) => moves)),
    ideal: DEPLOYED.leases,
    movesMax: Math.max(...deployed.map(({ movesMax }) => movesMax)),
    gapMs: Math.max(...deployed.map(({ gapMs }) => gapMs)),
  };
  return named(DEPLOYED, deployChecks(worst, lookMs));
}
