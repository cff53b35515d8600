/**
 * Realistic mixed traffic, one event after the other: visitors read pages, ping, click links, search, buy. Pure: the same
 * Random gives the same traffic.
 */
import type { SelfDescribingJson } from '@snowplow/node-tracker';
import type { Random } from '../../runtime/random';

export interface Visitor {
  /** From 0 on. */
  readonly number: number;
  readonly userId: string | null;
  readonly domainUserId: string;
  readonly sessionId: string;
  readonly sessionIndex: number;
  readonly language: string;
  readonly timezone: string;
  readonly screen: readonly [number, number];
}

export type TrafficEvent = { readonly visitor: Visitor; readonly context: readonly SelfDescribingJson[] } & (
  | { readonly kind: 'page-view'; readonly url: string; readonly title: string; readonly referrer: string }
  | { readonly kind: 'page-ping'; readonly url: string; readonly yOffset: number }
  | {
      readonly kind: 'structured';
      readonly category: string;
      readonly action: string;
      readonly label: string;
      readonly value: number;
    }
  | { readonly kind: 'self-describing'; readonly event: SelfDescribingJson }
);

const PAGES = [
  '/',
  '/pricing',
  '/docs/start',
  '/docs/sinks',
  '/blog/leases-explained',
  '/shop/mug?colour=blue',
  '/suche?q=größe',
];
const REFERRERS = [
  '',
  '',
  'https://www.google.com/',
  'https://news.example.org/item?id=7',
  'https://shop.example.com/',
];
const LANGUAGES = ['en-GB', 'de-DE', 'pt-BR', 'ja-JP'];
const TIMEZONES = ['Europe/London', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Tokyo'];
const SCREENS = [[1920, 1080], [2560, 1440], [390, 844], [1280, 720]] as const; // prettier-ignore
const VISITORS = 200;

/** Endless. Visitors come back, so that one user's events can be followed in order. */
export function* traffic(random: Random): Generator<TrafficEvent, never> {
  const visitors = Array.from({ length: VISITORS }, (_, number) => newVisitor(number, random));
  for (;;) yield nextEvent(pick(visitors, random), random);
}

function nextEvent(visitor: Visitor, random: Random): TrafficEvent {
  const url = `https://shop.example.com${pick(PAGES, random)}`;
  const context = [webPage(random), clientSession(visitor)];
  const dice = random.next();
  if (dice < 0.45) {
    return {
      kind: 'page-view',
      visitor,
      context,
      url,
      title: `Shop ${pick(PAGES, random)}`,
      referrer: pick(REFERRERS, random),
    };
  }
  if (dice < 0.7) return { kind: 'page-ping', visitor, context, url, yOffset: random.integer(4_000) };
  if (dice < 0.85) {
    const value = random.integer(10_000) / 100;
    return {
      kind: 'structured',
      visitor,
      context,
      category: 'basket',
      action: 'add',
      label: `sku-${random.integer(500)}`,
      value,
    };
  }
  return { kind: 'self-describing', visitor, context, event: linkClick(url, random) };
}

const linkClick = (url: string, random: Random): SelfDescribingJson => ({
  schema: 'iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1',
  data: {
    targetUrl: `${url}#part-${random.integer(9)}`,
    elementId: `link-${random.integer(30)}`,
    elementClasses: ['nav', 'primary'],
  },
});

const webPage = (random: Random): SelfDescribingJson => ({
  schema: 'iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0',
  data: { id: random.uuid() },
});

const clientSession = (visitor: Visitor): SelfDescribingJson => ({
  schema: 'iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2',
  data: {
    userId: visitor.domainUserId,
    sessionId: visitor.sessionId,
    sessionIndex: visitor.sessionIndex,
    previousSessionId: null,
    storageMechanism: 'LOCAL_STORAGE',
  },
});

const newVisitor = (number: number, random: Random): Visitor => ({
  number,
  userId: random.next() < 0.3 ? `user-${random.integer(1_000)}` : null,
  domainUserId: random.uuid(),
  sessionId: random.uuid(),
  sessionIndex: 1 + random.integer(20),
  language: pick(LANGUAGES, random),
  timezone: pick(TIMEZONES, random),
  screen: pick(SCREENS, random),
});

const pick = <T>(items: readonly T[], random: Random): T => items[random.integer(items.length)] as T;
