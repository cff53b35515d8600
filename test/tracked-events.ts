/**
 * Events that the real, unmodified Snowplow node tracker sends, each with the line that it must become: a table of what is
 * sent and, beside it, every column that is set (snowplow-protocol 3.5, 4.1, 4.3, 4.8). What is not named is null.
 */
import {
  buildEcommerceTransaction,
  buildEcommerceTransactionItem,
  buildPagePing,
  buildPageView,
  buildSelfDescribingEvent,
  buildStructEvent,
  newTracker,
  type EmitterConfiguration,
  type PayloadBuilder,
  type SelfDescribingJson,
  type Timestamp,
  type Tracker,
} from '@snowplow/node-tracker';

export interface TrackedEvent {
  readonly name: string;
  readonly eventId: string;
  /** `dtm`: the tracker's clock when the event was made; absent when the event has a true time. */
  readonly createdMs?: number;
  readonly trueMs?: number;
  /** Columns that are set, without those of every event and the times (expected-line.ts). */
  readonly columns: Readonly<Record<string, unknown>>;
  readonly entities: Readonly<Record<string, unknown>>;
}

type Row = readonly [
  name: string,
  event: PayloadBuilder,
  columns: Readonly<Record<string, unknown>>,
  contexts?: SelfDescribingJson[],
  entities?: Readonly<Record<string, unknown>>,
  timestamp?: Timestamp,
];

const SNOWPLOW = 'com.snowplowanalytics.snowplow';
const TRUE_MS = Date.UTC(2024, 1, 29, 23, 59, 59, 7);
const DOMAIN_USER_ID = '6f3c2f60-98c1-4f3e-9c57-3d0d63fb8b11';
const SESSION_ID = '0ea8b1c3-5d6e-4f70-8192-a3b4c5d6e7f8';
const NETWORK_USER_ID = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
const COOKIE_USER_ID = '9c858901-8a57-4791-81fe-4c455b099bc9';
const PAGE_ID = 'a31bb38b-0a55-4a6e-8a8b-53d35f5b6c2d';

const webPage = { schema: `iglu:${SNOWPLOW}/web_page/jsonschema/1-0-0`, data: { id: PAGE_ID } };
const clientSession = {
  schema: `iglu:${SNOWPLOW}/client_session/jsonschema/1-0-2`,
  data: {
    userId: DOMAIN_USER_ID,
    sessionId: SESSION_ID,
    sessionIndex: 3,
    previousSessionId: null,
    storageMechanism: 'LOCAL_STORAGE',
  },
};
const linkClick = {
  schema: `iglu:${SNOWPLOW}/link_click/jsonschema/1-0-1`,
  data: { targetUrl: 'https://example.com/ä?b=c', elementId: 'link-1', elementClasses: ['nav', 'primär'] },
};
/** The keys and values that those become. */
const webPageEntity = {
  contexts_com_snowplowanalytics_snowplow_web_page_1: [{ _schema_version: '1-0-0', ...webPage.data }],
};
const clientSessionEntity = {
  contexts_com_snowplowanalytics_snowplow_client_session_1: [{ _schema_version: '1-0-2', ...clientSession.data }],
};
const linkClickEvent = { unstruct_event_com_snowplowanalytics_snowplow_link_click_1: linkClick.data };

const own = (event: string) => ({
  event,
  event_vendor: SNOWPLOW,
  event_name: event,
  event_format: 'jsonschema',
  event_version: '1-0-0',
});
const structured = {
  event: 'struct',
  event_vendor: 'com.google.analytics',
  event_name: 'event',
  event_format: 'jsonschema',
  event_version: '1-0-0',
};
const selfDescribing = (vendor: string, name: string, version: string) => ({
  event: 'unstruct',
  event_vendor: vendor,
  event_name: name,
  event_format: 'jsonschema',
  event_version: version,
});

const GERMAN_URL = 'https://shop.example.com:8443/größe/tee%20grün?utm_source=news&q=ein+Wort&leer=&eins=%26#über-uns';
const germanPage = {
  page_url: GERMAN_URL,
  page_urlscheme: 'https',
  page_urlhost: 'shop.example.com',
  page_urlport: 8443,
  page_urlpath: '/größe/tee%20grün',
  page_urlquery: 'utm_source=news&q=ein+Wort&leer=&eins=%26',
  page_urlfragment: 'über-uns',
};
const plainPage = {
  page_url: 'http://shop.example.com/',
  page_urlscheme: 'http',
  page_urlhost: 'shop.example.com',
  page_urlport: 80,
  page_urlpath: '/',
};

/** A visitor with everything that a tracker can say of one, base64 JSON, several events in one POST. */
const visitorRows: readonly Row[] = [
  [
    'a page view with two contexts',
    buildPageView({
      pageUrl: GERMAN_URL,
      pageTitle: 'Größen – 日本語 🎉 "zitiert"\tmit Tab\nund Zeile',
      referrer: 'https://www.google.com/search?q=fl%C3%B6te',
    }),
    {
      ...own('page_view'),
      ...germanPage,
      page_title: 'Größen – 日本語 🎉 "zitiert"    mit Tabund Zeile',
      page_referrer: 'https://www.google.com/search?q=fl%C3%B6te',
      refr_urlscheme: 'https',
      refr_urlhost: 'www.google.com',
      refr_urlport: 443,
      refr_urlpath: '/search',
      refr_urlquery: 'q=fl%C3%B6te',
    },
    [webPage, clientSession],
    { ...webPageEntity, ...clientSessionEntity },
  ],
  [
    'a page ping, zero offsets left out by the tracker',
    buildPagePing({ pageUrl: plainPage.page_url, pageTitle: 'Start', referrer: '', minXOffset: 0, maxXOffset: 12, minYOffset: 0, maxYOffset: 3400 }), // prettier-ignore
    { ...own('page_ping'), ...plainPage, page_title: 'Start', pp_xoffset_max: 12, pp_yoffset_max: 3400 },
    [webPage],
    webPageEntity,
  ],
  [
    'a structured event',
    buildStructEvent({ category: 'Körbe', action: 'add', label: 'sku-00123', property: 'größe=XL', value: 12.5 }),
    {
      ...structured,
      se_category: 'Körbe',
      se_action: 'add',
      se_label: 'sku-00123',
      se_property: 'größe=XL',
      se_value: 12.5,
    },
  ],
  [
    'a self-describing event with contexts of one schema twice',
    buildSelfDescribingEvent({ event: linkClick }),
    selfDescribing(SNOWPLOW, 'link_click', '1-0-1'),
    [webPage, clientSession, webPage],
    {
      contexts_com_snowplowanalytics_snowplow_web_page_1: [
        ...webPageEntity.contexts_com_snowplowanalytics_snowplow_web_page_1,
        ...webPageEntity.contexts_com_snowplowanalytics_snowplow_web_page_1,
      ],
      ...clientSessionEntity,
      ...linkClickEvent,
    },
  ],
  [
    'a page view with a true time',
    buildPageView({ pageUrl: plainPage.page_url }),
    { ...own('page_view'), ...plainPage },
    [],
    {},
    { type: 'ttm', value: TRUE_MS },
  ],
];

/** A browser-like client with a cookie, JSON as it is, one event a GET. */
const cookieRows: readonly Row[] = [
  [
    'a page view by GET with a context',
    buildPageView({ pageUrl: GERMAN_URL, pageTitle: 'a & b = c; d+e #1 100%' }),
    { ...own('page_view'), ...germanPage, page_title: 'a & b = c; d+e #1 100%' },
    [clientSession],
    clientSessionEntity,
  ],
  [
    'a structured event by GET with a whole number',
    buildStructEvent({ category: 'c', action: 'a', value: 3 }),
    { ...structured, se_category: 'c', se_action: 'a', se_value: 3 },
  ],
  [
    'a self-describing event by GET',
    buildSelfDescribingEvent({ event: linkClick }),
    selfDescribing(SNOWPLOW, 'link_click', '1-0-1'),
    [],
    linkClickEvent,
  ],
];

/** A server that sells things and sends events of its own schemas; JSON as it is. */
const serverRows: readonly Row[] = [
  [
    'a transaction',
    buildEcommerceTransaction({ orderId: '00042', affiliation: 'Web', total: 20, tax: 3.8, shipping: 4.95, city: 'Köln', state: 'NW', country: 'DE', currency: 'EUR' }), // prettier-ignore
    {
      ...own('transaction'),
      tr_orderid: '00042',
      tr_affiliation: 'Web',
      tr_total: 20,
      tr_tax: 3.8,
      tr_shipping: 4.95,
      tr_city: 'Köln',
      tr_state: 'NW',
      tr_country: 'DE',
      tr_currency: 'EUR',
    },
  ],
  [
    'a transaction item',
    buildEcommerceTransactionItem({ orderId: '00042', sku: '007', price: 9.99, name: 'Tasse', category: 'Küche', quantity: 2, currency: 'EUR' }), // prettier-ignore
    {
      ...own('transaction_item'),
      ti_orderid: '00042',
      ti_sku: '007',
      ti_name: 'Tasse',
      ti_category: 'Küche',
      ti_price: 9.99,
      ti_quantity: 2,
      ti_currency: 'EUR',
    },
  ],
  [
    "an event and a context of the user's own schemas",
    buildSelfDescribingEvent({
      event: {
        schema: 'iglu:com.acme/order_placed/jsonschema/1-0-0',
        data: { orderId: '00042', total: 20, note: 'für Zoë' },
      },
    }),
    selfDescribing('com.acme', 'order_placed', '1-0-0'),
    [{ schema: 'iglu:com.acme/cart/jsonschema/1-0-0', data: { items: 2 } }],
    {
      contexts_com_acme_cart_1: [{ _schema_version: '1-0-0', items: 2 }],
      unstruct_event_com_acme_order_placed_1: { orderId: '00042', total: 20, note: 'für Zoë' },
    },
  ],
];

const anonymousRows: readonly Row[] = [
  [
    'a page view of somebody who is not to be known',
    buildPageView({ pageUrl: plainPage.page_url }),
    { ...own('page_view'), ...plainPage },
  ],
];

/** The schemas of the user's own, as files below a folder. */
export const ownSchemas: Readonly<Record<string, unknown>> = {
  'com.acme/order_placed/jsonschema/1-0-0': ownSchema('order_placed', {
    orderId: { type: 'string' },
    total: { type: 'number' },
    note: { type: 'string' },
  }),
  'com.acme/cart/jsonschema/1-0-0': ownSchema('cart', { items: { type: 'integer', minimum: 1 } }),
};

function ownSchema(name: string, properties: Record<string, unknown>) {
  return {
    $schema: 'http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#',
    self: { vendor: 'com.acme', name, format: 'jsonschema', version: '1-0-0' },
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

/** Tracks all of the above and resolves when the collector has accepted all of it; rejects with what it said otherwise. */
export async function sendTrackedEvents(collector: string): Promise<readonly TrackedEvent[]> {
  const faults: unknown[] = [];
  const start = (namespace: string, encodeBase64: boolean, emitter: Partial<EmitterConfiguration>): Tracker =>
    newTracker(
      { namespace, appId: `app-${namespace}`, encodeBase64 },
      { endpoint: collector, bufferSize: 1_000, onRequestFailure: (failure) => faults.push(failure), ...emitter },
    );

  const visitor = start('visitor', true, { eventMethod: 'post' });
  visitor.setUserId('zoë@example.com');
  visitor.setDomainUserId(DOMAIN_USER_ID);
  visitor.setNetworkUserId(NETWORK_USER_ID);
  visitor.setSessionId(SESSION_ID);
  visitor.setSessionIndex(3);
  visitor.setScreenResolution('1920', '1080');
  visitor.setViewport('1600', '900');
  visitor.setColorDepth('24');
  visitor.setTimezone('Europe/Berlin');
  visitor.setLang('de-DE');
  const visitorColumns = {
    user_id: 'zoë@example.com',
    domain_userid: DOMAIN_USER_ID,
    network_userid: NETWORK_USER_ID,
    domain_sessionid: SESSION_ID,
    domain_sessionidx: 3,
    dvce_screenwidth: 1920,
    dvce_screenheight: 1080,
    br_viewwidth: 1600,
    br_viewheight: 900,
    br_colordepth: '24',
    os_timezone: 'Europe/Berlin',
    br_lang: 'de-DE',
  };

  const cookie = start('cookie', false, { eventMethod: 'get', customHeaders: { cookie: `sp=${COOKIE_USER_ID}` } });
  cookie.setPlatform('web');
  const server = start('server', false, { eventMethod: 'post' });
  server.setUseragent('Kasse/1.0 (Linux)');
  const anonymous = start('anonymous', true, { eventMethod: 'post', serverAnonymization: true });

  const uuid = expect.stringMatching(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  ) as unknown;
  const tracked = [
    ...trackAll(visitor, visitorRows, { ...visitorColumns, app_id: 'app-visitor', name_tracker: 'visitor' }),
    ...trackAll(cookie, cookieRows, {
      ...{ app_id: 'app-cookie', name_tracker: 'cookie', platform: 'web', network_userid: COOKIE_USER_ID },
    }),
    ...trackAll(server, serverRows, {
      ...{ app_id: 'app-server', name_tracker: 'server', network_userid: uuid, useragent: 'Kasse/1.0 (Linux)' },
    }),
    ...trackAll(anonymous, anonymousRows, {
      ...{ app_id: 'app-anonymous', name_tracker: 'anonymous' },
      ...{ network_userid: '00000000-0000-0000-0000-000000000000', user_ipaddress: 'unknown' },
    }),
  ];
  await Promise.all([visitor, cookie, server, anonymous].map((tracker) => tracker.flush()));
  await new Promise((next) => setTimeout(next, 0)); // trackers tell of faults in a turn of their own
  if (faults.length > 0) throw new Error(`the collector did not accept: ${JSON.stringify(faults)}`);
  return tracked;
}

function trackAll(tracker: Tracker, rows: readonly Row[], common: Record<string, unknown>): TrackedEvent[] {
  return rows.map(([name, event, columns, contexts = [], entities = {}, timestamp]) => {
    const payload = tracker.track(event, contexts, timestamp) as Record<string, unknown>;
    return {
      name,
      eventId: payload.eid as string,
      createdMs: payload.dtm === undefined ? undefined : Number(payload.dtm),
      trueMs: payload.ttm === undefined ? undefined : Number(payload.ttm),
      columns: { ...common, ...columns },
      entities,
    };
  });
}
