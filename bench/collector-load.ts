/**
 * The load of bench/collector.ts, in a process of its own: connections that ask again as soon as they are answered. Started
 * with port and connections; answers each message of its parent with how many answers were 200.
 */
import { connect } from 'node:net';
import { browserHeaders, collectorPath } from './browser-request';

const event = {
  e: 'pv', p: 'web', tv: 'js-4.6.8', aid: 'shop', eid: '3b770ef3-1cfb-49b3-a625-65ff67afeab7', dtm: '1700000000000',
  url: 'https://shop.example/products/1234?utm_source=mail', page: 'A product that somebody looks at', cx: 'eyJzY2hlbWEiOiJ4'.repeat(40),
}; // prettier-ignore
const body = JSON.stringify({
  schema: 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4',
  data: [event],
});
/** A browser's POST of one event. */
const request = [
  `POST ${collectorPath} HTTP/1.1`,
  ...browserHeaders(Buffer.byteLength(body)).map(([name, value]) => `${name}: ${value}`),
  '',
  body,
].join('\r\n');

function load(port: number, connections: number): void {
  let answers = 0;
  for (let i = 0; i < connections; i++) {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (chunk: Buffer) => {
      // An answer is a few hundred bytes and comes whole.
      if (!chunk.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(chunk.toString('latin1'));
      answers++;
      socket.write(request);
    });
  }
  process.on('message', () => process.send?.(answers));
}

load(Number(process.argv[2]), Number(process.argv[3]));
