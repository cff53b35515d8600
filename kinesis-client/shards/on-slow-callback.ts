/**
 * What a worker does about a callback that takes too long, beside reporting it. The callback cannot be broken off: it may
 * still be working, and another owner may soon do the same work, so the lease must be gone before anybody else can have it.
 */
import { FlotillaError } from '../../runtime/errors';
import type { HeldLease } from '../leases/held-lease';
import type { Callback } from './telemetry';

/**
 * report: nothing more. release: the lease is let go; checkpoints fail from then on, `checkpointer.ended` aborts, and
 * `leaseLost` comes when the callback has returned. crash: the process ends, for its supervisor to start it anew.
 */
export type SlowCallbackAction = 'report' | 'release' | 'crash';

export interface OnSlowCallbackDeps {
  readonly held: HeldLease;
  readonly callbackSlowMs: number;
  readonly callbackSlowAction: SlowCallbackAction;
  readonly onFatal: (error: unknown) => void;
}

export function onSlowCallback(deps: OnSlowCallbackDeps): (callback: Callback) => void {
  const { held, callbackSlowMs, callbackSlowAction, onFatal } = deps;
  return (callback) => {
    if (callbackSlowAction === 'release') held.release().catch(onFatal);
    if (callbackSlowAction === 'crash')
      onFatal(
        new FlotillaError(
          'FLOTILLA_CALLBACK_STUCK',
          `${callback} of ${held.leaseKey} has not returned for ${callbackSlowMs} ms`,
        ),
      );
  };
}
