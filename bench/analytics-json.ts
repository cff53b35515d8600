/**
 * How fast enriched events become lines of the S3 output: `npx tsc -p . && node dist/bench/analytics-json.js [seconds]`.
 * The event is a browser's page view with four entities, as the enricher would hand it over; the reference is
 * JSON.parse and JSON.stringify of the line that results, in the same run.
 */
import { type EnrichedEvent, toAnalyticsJson, toTsv } from '../protocol/enriched-event';
import { systemClock } from '../runtime/clock';

const entity = (schema: string, data: object): object => ({ schema: `iglu:${schema}`, data });
const contexts = (...entities: object[]): string =>
  JSON.stringify({ schema: 'iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1', data: entities });

const event: EnrichedEvent = {
  app_id: 'shop',
  platform: 'web',
  etl_tstamp: '2026-11-23 10:00:01.456',
  collector_tstamp: '2026-11-23 10:00:00.123',
  dvce_created_tstamp: '2026-11-23 09:59:59.871',
  event: 'page_view',
  event_id: '3b770ef3-1cfb-49b3-a625-65ff67afeab7',
  name_tracker: 'sp',
  v_tracker: 'js-4.6.8',
  v_collector: 'flotilla-0.1.0',
  v_etl: 'flotilla-enricher-0.1.0',
  user_ipaddress: '203.0.113.7',
  domain_userid: '8f0e7a11-2f0a-4d5e-9c1d-0d5b8f0e7a11',
  domain_sessionidx: '3',
  network_userid: '6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11',
  geo_country: 'DE',
  geo_latitude: '52.52',
  geo_longitude: '13.405',
  page_url: 'https://shop.example/products/1234?utm_source=mail&utm_campaign=autumn',
  page_title: 'A product that somebody looks at',
  page_urlscheme: 'https',
  page_urlhost: 'shop.example',
  page_urlport: '443',
  page_urlpath: '/products/1234',
  page_urlquery: 'utm_source=mail&utm_campaign=autumn',
  mkt_source: 'mail',
  mkt_campaign: 'autumn',
  contexts: contexts(
    entity('com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0', { id: '2305da21-277f-41bc-aea4-3697fe9d4589' }),
    entity('com.snowplowanalytics.snowplow/browser_context/jsonschema/2-0-0', {
      viewport: '1280x720',
      documentSize: '1265x2300',
      resolution: '1920x1080',
      colorDepth: 24,
      cookiesEnabled: true,
      online: true,
      webdriver: false,
      browserLanguage: 'en-US',
      documentLanguage: 'en',
      hardwareConcurrency: 8,
      tabId: 'a3f6c1b2-0c6d-4f3e-8a53-6a6d3c8d9d10',
    }),
    entity('com.acme/cart/jsonschema/1-0-0', {
      currency: 'EUR',
      total: 12.5,
      items: [
        { sku: '00123', price: 10, quantity: 1 },
        { sku: 'b-7', price: 2.5, quantity: 1 },
      ],
    }),
  ),
  useragent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  br_lang: 'en-US',
  br_cookies: '1',
  br_colordepth: '24',
  br_viewwidth: '1280',
  br_viewheight: '720',
  os_timezone: 'Europe/Berlin',
  dvce_screenwidth: '1920',
  dvce_screenheight: '1080',
  doc_charset: 'UTF-8',
  doc_width: '1265',
  doc_height: '2300',
  dvce_sent_tstamp: '2026-11-23 09:59:59.990',
  derived_contexts: contexts(
    entity('com.snowplowanalytics.snowplow/ua_parser_context/jsonschema/1-0-0', {
      useragentFamily: 'Chrome',
      useragentMajor: '130',
      osFamily: 'Linux',
      deviceFamily: 'Other',
    }),
  ),
  domain_sessionid: 'c8d9d10a-0c6d-4f3e-8a53-6a6d3c8d9d10',
  derived_tstamp: '2026-11-23 10:00:00.004',
  event_vendor: 'com.snowplowanalytics.snowplow',
  event_name: 'page_view',
  event_format: 'jsonschema',
  event_version: '1-0-0',
};

/** Calls a second, after a warm-up of a quarter of the time. */
function rate(seconds: number, run: () => unknown): number {
  const measure = (ms: number): number => {
    const start = systemClock.monotonicMs();
    let calls = 0;
    for (; systemClock.monotonicMs() - start < ms; calls += 100) for (let i = 0; i < 100; i++) run();
    return (calls * 1000) / (systemClock.monotonicMs() - start);
  };
  measure(seconds * 250);
  return Math.round(measure(seconds * 1000));
}

const seconds = Number(process.argv[2] ?? 3);
const line = toAnalyticsJson(event);
const rates = [
  ['toAnalyticsJson', rate(seconds, () => toAnalyticsJson(event))],
  ['toTsv', rate(seconds, () => toTsv(event))],
  ['JSON.stringify(JSON.parse(line))', rate(seconds, () => JSON.stringify(JSON.parse(line)))],
] as const;
process.stdout.write(`a line of ${Buffer.byteLength(line)} bytes\n`);
for (const [name, perSecond] of rates) process.stdout.write(`${name}: ${perSecond} a second\n`);
