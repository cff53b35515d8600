/** A browser's POST to a collector behind a load balancer: its header lines, in Chrome's order. */
import type { Header } from '../collector/request';

export const collectorPath = '/com.snowplowanalytics.snowplow/tp2';

export const browserHeaders = (contentLength: number): Header[] => [
  ['Host', 'collector.example'],
  ['Connection', 'keep-alive'],
  ['Content-Length', String(contentLength)],
  ['sec-ch-ua-platform', '"Linux"'],
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  ],
  ['Content-Type', 'application/json; charset=UTF-8'],
  ['Accept', '*/*'],
  ['Origin', 'https://shop.example'],
  ['Sec-Fetch-Site', 'cross-site'],
  ['Referer', 'https://shop.example/'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Accept-Language', 'en-US,en;q=0.9'],
  ['Cookie', 'sp=6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11'],
  ['X-Forwarded-For', '203.0.113.7'],
];
