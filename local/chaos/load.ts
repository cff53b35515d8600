/**
 * Traffic for a chaos run, by real trackers, and the ledger of what they were told: the id of every event that was answered
 * 2xx. A few events are broken on purpose, so that bad rows are part of the proof.
 */
import type { Clock } from '../../runtime/clock';
import type { Random } from '../../runtime/random';
import { sendTraffic } from '../send/send-traffic';

export interface LoadOptions {
  readonly collector: string;
  /** Events a second. */
  readonly rate: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Of all events in a run: more than anybody sends. */
const EVENTS_MAX = 100_000_000;
const REQUEST_TIMEOUT_MS = 6_000;
const BROKEN_EVERY_MS = 500;
/** After the end: how long trackers may go on sending what was not accepted. */
const LAST_ANSWERS_MS = 30_000;

export class Load {
  readonly accepted = new Set<string>();
  /** Every id that was ever sent. */
  readonly sent = new Set<string>();
  /** Requests that got no 2xx. */
  failedRequests = 0;
  private readonly stopping = new AbortController();
  private flowing: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LoadOptions) {}

  start(): void {
    const { collector, rate, clock, random } = this.options;
    const hurry = new AbortController();
    const traffic = sendTraffic(
      { collector, rate, events: EVENTS_MAX, giveUpAfterMs: LAST_ANSWERS_MS },
      {
        clock,
        random,
        fetch: (request, init) => this.post(request, init),
        stop: this.stopping.signal,
        hurry: hurry.signal,
        onProgress: () => undefined,
      },
    );
    this.flowing = Promise.all([traffic, this.sendBroken()]);
  }

  /** Resolves when all is answered, or nobody answers any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.flowing;
  }

  private async post(request: Request, init: RequestInit): Promise<Response> {
    const ids = eventIdsOf(await request.clone().text());
    for (const id of ids) this.sent.add(id);
    const signals = [AbortSignal.timeout(REQUEST_TIMEOUT_MS), ...(init.signal ? [init.signal] : [])];
    try {
      const response = await fetch(request, { signal: AbortSignal.any(signals) });
      if (response.ok) for (const id of ids) this.accepted.add(id);
      else this.failedRequests++;
      return response;
    } catch (error) {
      this.failedRequests++;
      throw error;
    }
  }

  private async sendBroken(): Promise<void> {
    const { collector, clock, random } = this.options;
    while (!this.stopping.signal.aborted) {
      const request = new Request(`${collector}/com.snowplowanalytics.snowplow/tp2`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: brokenBody(random.uuid()),
      });
      await this.post(request, {}).then((response) => response.text(), String);
      await clock.sleep(BROKEN_EVERY_MS, this.stopping.signal);
    }
  }
}

/** The ids in the body of a tracker's POST. */
export function eventIdsOf(body: string): string[] {
  const { data } = JSON.parse(body) as { data: readonly { readonly eid: string }[] };
  return data.map(({ eid }) => eid);
}

/** A link click whose data its schema refuses. */
const brokenBody = (eid: string): string =>
  JSON.stringify({
    schema: 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4',
    data: [
      {
        e: 'ue',
        p: 'srv',
        tv: 'chaos',
        eid,
        ue_pr: JSON.stringify({
          schema: 'iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0',
          data: {
            schema: 'iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1',
            data: { targetUrl: 1 },
          },
        }),
      },
    ],
  });
