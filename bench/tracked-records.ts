/**
 * Records of the raw stream as real traffic makes them: mixed events of the node tracker with their entities, ten a POST,
 * in the payload that the collector stores for a browser's request. The benches of the enricher read them.
 */
import { collectorFields, rulesOf } from '../collector/config';
import { toPayload } from '../collector/to-payload';
import { traffic } from '../local/send/traffic';
import { VisitorTracker } from '../local/send/visitor-tracker';
import { encodeCollectorPayload } from '../protocol/collector-payload';
import { seededRandom } from '../runtime/random';
import { defaultSettings } from '../test/default-settings';
import { browserHeaders, collectorPath } from './browser-request';

export const eventsPerRecord = 10;
/** Nothing is there: the requests are caught. */
const nowhere = 'http://collector.invalid';
/** The clock of the collector begins here. */
export const collectedMs = Date.UTC(2026, 10, 24, 10);

/** So many records of ten events. The same people read the same pages each time; event ids and times are new. */
export async function trackedRecords(count: number): Promise<Buffer[]> {
  const random = seededRandom(1);
  const rules = rulesOf(defaultSettings({ collector: collectorFields }).collector, 'flotilla-0.1.0-kinesis');
  return (await posts(count)).map((body, i) => {
    const headers = browserHeaders(body.length);
    const request = {
      method: 'POST',
      target: collectorPath,
      headers,
      body,
      bodyBytes: body.length,
      peer: '198.51.100.7',
    };
    return encodeCollectorPayload(toPayload(request, collectorPath, random.uuid(), collectedMs + i, rules));
  });
}

/** The bodies of the requests that a tracker makes. */
async function posts(count: number): Promise<Buffer[]> {
  const bodies: Buffer[] = [];
  const tracker = new VisitorTracker({
    collector: nowhere,
    fetch: async (request) => {
      bodies.push(Buffer.from(await request.arrayBuffer()));
      return new Response('ok');
    },
    onAccepted: () => undefined,
    onRefused: () => undefined,
    onFault: () => undefined,
  });
  const source = traffic(seededRandom(1));
  while (bodies.length < count) {
    for (let i = 0; i < eventsPerRecord; i++) tracker.track(source.next().value);
    await tracker.flush();
  }
  return bodies;
}
