/**
 * All that must always hold in a simulated fleet, asked about every event in the order in which they happened. Pure: the
 * same events give the same judgement. Each invariant has its own file in invariants/ and is shown there to fail.
 */
import type { SimulationEvent, Violation } from './events';
import { Facts, type FactsOptions } from './facts';
import type { Invariant } from './invariant';
import { callbacks } from './invariants/callbacks';
import { inOrder } from './invariants/in-order';
import { iterators } from './invariants/iterators';
import { noEarlyTake } from './invariants/no-early-take';
import { oneChain } from './invariants/one-chain';
import { oneConsumer } from './invariants/one-consumer';
import { oneOwner } from './invariants/one-owner';
import { outputs } from './invariants/outputs';
import { ownTrust } from './invariants/own-trust';
import { shardEnd } from './invariants/shard-end';

const noFailure: Invariant = {
  name: 'no failure',
  check: (event) => (event.kind === 'failed' ? `${event.process ?? 'the world'}: ${event.message}` : null),
};

export class Invariants {
  readonly facts: Facts;
  private readonly all: readonly Invariant[] = [
    noFailure,
    oneOwner(),
    oneChain(),
    ownTrust(),
    oneConsumer(),
    noEarlyTake(),
    callbacks(),
    inOrder(),
    iterators(),
    shardEnd(),
    outputs(),
  ];

  /** `ignoring`: names of invariants that are not asked. */
  constructor(
    options: FactsOptions,
    private readonly ignoring: readonly string[] = [],
  ) {
    this.facts = new Facts(options);
  }

  /** The first invariant that the event breaks; null when none. */
  check(event: SimulationEvent): Violation | null {
    for (const { name, check } of this.all) {
      const message = check(event, this.facts);
      if (message !== null && !this.ignoring.includes(name)) return { invariant: name, message };
    }
    this.facts.apply(event);
    return null;
  }
}
