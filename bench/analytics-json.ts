/**
 * How fast enriched events become lines of the S3 output and rows of a stream. The event is a browser's page view with four
 * entities, as the enricher hands it over; the reference is JSON.parse and JSON.stringify of the line that results.
 */
import { type EnrichedEvent, toAnalyticsJson, toTsv } from '../protocol/enriched-event';
import { atMost, figure, type Bench } from './check';
import { compare, inTurn, type Cost } from './measure';

/** In units of the reference: what was measured (README.md), and half as much again. */
const JSON_RATIO_MAX = 1.5;
const TSV_RATIO_MAX = 0.2;

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

export const analyticsJson: Bench = {
  doc: "a browser's page view with four entities as JSON and as TSV, beside JSON.parse and JSON.stringify",
  run(seconds) {
    const line = toAnalyticsJson(event);
    const [reference, json, tsv] = compare(seconds, [
      inTurn('JSON.parse + JSON.stringify', [line], 1, (line) => JSON.stringify(JSON.parse(line))),
      inTurn('toAnalyticsJson', [event], 1, toAnalyticsJson),
      inTurn('toTsv', [event], 1, toTsv),
    ]) as [Cost, Cost, Cost];
    return Promise.resolve([
      figure('a line', Buffer.byteLength(line), 'bytes'),
      ...[reference, json, tsv].map(({ name, cpuUs }) => figure(name, cpuUs, 'us/event')),
      atMost(JSON_RATIO_MAX, 'toAnalyticsJson / reference', json.ratio, 'times'),
      atMost(TSV_RATIO_MAX, 'toTsv / reference', tsv.ratio, 'times'),
    ]);
  },
};
