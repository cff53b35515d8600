/**
 * What must be true of the commits of a run, seen from outside: for each shard they form one chain, each batch starting where
 * the one before it ended, and what is visible is what they committed. Pure, over all plans that were ever written and the
 * keys that are visible at the end. It cannot tell records that became nothing: their checkpoints have no plan.
 */
import type { Plan } from '../sinks/s3/plan';
import type { Position } from '../sinks/sink';

/**
 * The plans whose files are visible, one a range: of two attempts with the same records the names of the files are the same.
 */
export function committedPlans(plans: readonly Plan[], visibleKeys: readonly string[]): readonly Plan[] {
  const visible = new Set(visibleKeys);
  const committed = plans.filter((plan) => plan.files.some(({ key }) => visible.has(key)));
  return [...new Map(committed.map((plan) => [rangeOf(plan), plan])).values()];
}

/** Each a sentence; empty when all is well. Every shard of the run began at TRIM_HORIZON. */
export function chainFaults(plans: readonly Plan[], visibleKeys: readonly string[]): readonly string[] {
  const committed = committedPlans(plans, visibleKeys);
  const visible = new Set(visibleKeys);
  const planned = new Set(committed.flatMap((plan) => plan.files.map(({ key }) => key)));
  const shards = new Set(committed.map((plan) => plan.shardId));
  return [
    ...visibleKeys.filter((key) => !planned.has(key)).map((key) => `${key} is in no plan`),
    ...[...planned].filter((key) => !visible.has(key)).map((key) => `${key} is missing from a batch that is visible`),
    ...[...shards].flatMap((shardId) => breaks(committed.filter((plan) => plan.shardId === shardId))),
  ];
}

/** Of one shard: where its batches are not one chain from the beginning. */
function breaks(plans: readonly Plan[]): string[] {
  const left = new Set(plans);
  const faults: string[] = [];
  for (let at: Position = { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 }; ;) {
    const next = [...left].filter(({ from }) => placeOf(from) === placeOf(at));
    for (const plan of next) left.delete(plan);
    if (next.length > 1) faults.push(`${next.map(rangeOf).join(' and ')} start at the same place`);
    const [first] = next;
    if (first === undefined) break;
    at = first.to;
  }
  return [...faults, ...[...left].map((plan) => `${rangeOf(plan)} starts where no batch of the chain ended`)];
}

const placeOf = ({ sequenceNumber, subSequenceNumber }: Position): string => `${sequenceNumber}:${subSequenceNumber}`;
const rangeOf = ({ shardId, from, to }: Plan): string => `${shardId} (${placeOf(from)}, ${placeOf(to)}]`;
