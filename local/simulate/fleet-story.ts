/**
 * The life of one fleet, act after act, on virtual time: it starts cold, grows, loses a worker, lets one go, is deployed anew.
 * `flotilla simulate` tells it. Reads no shard and needs no network.
 */
import {
  beQuiet,
  coldStart,
  crashOne,
  joinMore,
  rollingDeploy,
  stopOne,
} from '../../kinesis-client/simulation/fleet-acts';
import { Fleet, type FleetOptions } from '../../kinesis-client/simulation/fleet';
import type { FleetHistory } from '../../kinesis-client/simulation/fleet-history';
import {
  coldStartChecks,
  crashCheck,
  deployChecks,
  joinCheck,
  quietCheck,
  stopCheck,
} from '../../kinesis-client/simulation/lease-bars';
import { figure, type Check } from '../../runtime/check';

/** Where an act begins. */
export interface Chapter {
  readonly atMs: number;
  readonly title: string;
}

export interface FleetStory {
  readonly chapters: readonly Chapter[];
  readonly history: FleetHistory;
  readonly checks: readonly Check[];
}

/** All workers start within this time. */
const START_WITHIN_MS = 1_000;
const QUIET_LOOKS = 20;
/** A killed process is started again after this time. */
const RESTART_MS = 5_000;
/** Between two restarts of the deploy; longer where looks are. */
const DEPLOY_PAUSE_MS = 10_000;
const DEPLOY_PAUSE_LOOKS = 2;

/** `workers`: how many there are at first. Throws when a worker met what it could not go on after. */
export async function tellFleetStory(options: FleetOptions, workers: number): Promise<FleetStory> {
  const fleet = new Fleet(options);
  const { history, failoverMs } = fleet;
  const chapters: Chapter[] = [];
  const checks: Check[] = [];
  const begin = (title: string): void => void chapters.push({ atMs: fleet.nowMs, title });

  begin(`cold start: ${workers} workers start, every lease is free`);
  const start = await coldStart(fleet, workers, START_WITHIN_MS);
  checks.push(...coldStartChecks(start, history.leases, fleet.lookMsMax));

  begin('quiet');
  const quiet = { fromMs: fleet.nowMs, moves: await beQuiet(fleet, QUIET_LOOKS), toMs: fleet.nowMs };
  checks.push(quietCheck(quiet.moves), ...unitFigures(history, quiet));

  const joiners = Math.ceil(workers / 10);
  begin(`join: ${joiners} more ${joiners === 1 ? 'worker starts' : 'workers start'}`);
  checks.push(joinCheck(await joinMore(fleet, joiners)));

  begin(`crash: a worker is killed, started again after ${RESTART_MS / 1_000} s`);
  checks.push(crashCheck(await crashOne(fleet, RESTART_MS), failoverMs));

  begin('graceful stop of a worker');
  const stopLookMs = fleet.lookMsMax;
  checks.push(stopCheck(await stopOne(fleet), stopLookMs));

  begin('rolling deploy: each worker in turn stops and starts anew');
  const { lookMsMax } = fleet;
  const pauseMs = Math.max(DEPLOY_PAUSE_MS, DEPLOY_PAUSE_LOOKS * lookMsMax);
  checks.push(...deployChecks(await rollingDeploy(fleet, pauseMs), lookMsMax));
  return { chapters, history, checks };
}

function unitFigures({ seconds }: FleetHistory, { fromMs, toMs }: { fromMs: number; toMs: number }): Check[] {
  const within = seconds.filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
  const mean = (of: (second: (typeof within)[number]) => number): number =>
    within.reduce((sum, second) => sum + of(second), 0) / within.length;
  return [
    figure(
      'quiet: read units',
      mean(({ readUnits }) => readUnits),
      'units/s',
    ),
    figure(
      'quiet: write units',
      mean(({ writeUnits }) => writeUnits),
      'units/s',
    ),
  ];
}
