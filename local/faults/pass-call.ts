/**
 * One call on its way through an emulator: past the holds and faults of the test, applied, and answered or not. Both front
 * handlers (aws-handler.ts and s3/s3-server.ts) lead every call through here when anything is set.
 */
import type { Clock } from '../../runtime/clock';
import { Gate, type Call } from '../gate';
import type { RuleOf } from './fault-rule';
import { Faults } from './faults';

/** What a test can do to the calls of the emulators. */
export interface Wire {
  readonly gate: Gate;
  readonly faults: Faults;
}

export const createWire = (clock: Clock): Wire => ({ gate: new Gate(clock), faults: new Faults(clock) });

/** Lets everything go that a test holds or delays, so that the fronts can close. */
export function closeWire({ gate, faults }: Wire): void {
  gate.close();
  faults.close();
}

export type Outcome<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** To be answered as the service would write this error. */
  | { readonly kind: 'error'; readonly error: RuleOf<'error'> }
  /** The connection is to be destroyed. */
  | { readonly kind: 'drop' };

const drop = { kind: 'drop' } as const;

export const isIdle = ({ gate, faults }: Wire): boolean => gate.idle && faults.idle;

/**
 * `apply` is called once or not at all, perhaps long after the client has gone; `hangUp` destroys the connection before this
 * resolves. Rejects with what `apply` does, when its answer is to be given.
 */
export async function passCall<T>(
  { gate, faults }: Wire,
  call: Call,
  apply: () => Promise<T>,
  hangUp: () => void,
): Promise<Outcome<T>> {
  if ((await gate.before(call)) === 'drop') return drop;
  const strike = faults.strike(call);
  if (strike === null) return answerPast(gate, call, await apply());

  await strike.thawed;
  if (!(await faults.wait(strike.requestDelayMs))) return drop;
  const { fate } = strike;
  /** Whatever comes of it, nobody is told. */
  const unheard = (): Promise<void> =>
    apply().then(
      () => strike.carriedOut('done'),
      () => strike.carriedOut('refused'),
    );
  switch (fate?.kind) {
    case 'reset':
      return drop;
    case 'error':
      if (fate.applied) await unheard();
      return { kind: 'error', error: fate };
    case 'lost-answer':
      await unheard();
      return drop;
    case 'late':
      hangUp();
      if (await faults.wait(fate.afterMs)) await unheard();
      return drop;
    case undefined: {
      const value = await apply();
      await faults.wait(strike.answerDelayMs);
      return answerPast(gate, call, value);
    }
  }
}

const answerPast = async <T>(gate: Gate, call: Call, value: T): Promise<Outcome<T>> =>
  (await gate.after(call)) === 'drop' ? drop : { kind: 'answer', value };
