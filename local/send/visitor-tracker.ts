/**
 * One real Snowplow node tracker, which sends the events of some visitors in their order and keeps what was not accepted.
 * It counts what waits in it, because the tracker itself drops its oldest events when it has too many.
 */
import { buildPagePing, buildPageView, buildSelfDescribingEvent, buildStructEvent, newTracker, type Tracker } from '@snowplow/node-tracker'; // prettier-ignore
import type { TrafficEvent } from './traffic';

/** The tracker keeps 1,000 events and drops the oldest beyond that: stay well below. */
const WAITING_MAX = 500;
/** So many events make it send without being told to. */
const BUFFER_SIZE = 10;

export interface VisitorTrackerOptions {
  /** Where the collector is, a path included, without a slash at the end. */
  readonly collector: string;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly onAccepted: (events: number) => void;
  /** The collector's answer is final (400, 401, 403, 410, 422); everything else is sent again. */
  readonly onRefused: (events: number) => void;
  /** Any request that was not accepted: the status, or what the network said. */
  readonly onFault: (reason: string) => void;
}

export class VisitorTracker {
  private waiting = 0;
  private readonly tracker: Tracker;

  constructor({ collector, fetch, onAccepted, onRefused, onFault }: VisitorTrackerOptions) {
    const settle = (events: number, tell: (events: number) => void): void => {
      this.waiting -= events;
      tell(events);
    };
    this.tracker = newTracker(
      { namespace: 'flotilla-send', appId: 'flotilla-send', encodeBase64: true },
      {
        endpoint: collector,
        bufferSize: BUFFER_SIZE,
        customFetch: fetch,
        onRequestSuccess: (events) => settle(events.length, onAccepted),
        onRequestFailure: ({ events, willRetry, status, message }) => {
          onFault(status === undefined ? (message ?? 'no answer') : `status ${status}`);
          if (!willRetry) settle(events.length, onRefused);
        },
      },
    );
  }

  get isFull(): boolean {
    return this.waiting >= WAITING_MAX;
  }

  /** The tracker builds the payload before it returns, so its person can change from event to event. */
  track(event: TrafficEvent): void {
    const { visitor } = event;
    this.waiting++;
    this.tracker.setUserId(visitor.userId ?? '');
    this.tracker.setDomainUserId(visitor.domainUserId);
    this.tracker.setSessionId(visitor.sessionId);
    this.tracker.setSessionIndex(visitor.sessionIndex);
    this.tracker.setLang(visitor.language);
    this.tracker.setTimezone(visitor.timezone);
    this.tracker.setScreenResolution(String(visitor.screen[0]), String(visitor.screen[1]));
    this.tracker.track(payloadOf(event), [...event.context]);
  }

  /** Sends what waits, unless a request is under way. Never rejects: what failed waits for the next time. */
  flush(): Promise<void> {
    return this.tracker.flush();
  }
}

function payloadOf(event: TrafficEvent) {
  switch (event.kind) {
    case 'page-view':
      return buildPageView({ pageUrl: event.url, pageTitle: event.title, referrer: event.referrer });
    case 'page-ping':
      return buildPagePing({
        pageUrl: event.url,
        pageTitle: '',
        minXOffset: 0,
        maxXOffset: 0,
        minYOffset: 0,
        maxYOffset: event.yOffset,
      });
    case 'structured':
      return buildStructEvent({
        category: event.category,
        action: event.action,
        label: event.label,
        value: event.value,
      });
    case 'self-describing':
      return buildSelfDescribingEvent({ event: event.event });
  }
}
