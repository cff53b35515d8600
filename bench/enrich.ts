/**
 * What an event costs the enricher, warm: the decision (enrichRecord) beside JSON.parse and JSON.stringify of the same
 * bodies, and each step on the way from the bytes of a record to a compressed line.
 */
import { gzipSync } from 'node:zlib';
import { decodeCollectorPayload } from '../protocol/collector-payload';
import { toAnalyticsJson } from '../protocol/enriched-event';
import { s3Fields } from '../sinks/s3/config';
import { defaultSettings } from '../test/default-settings';
import { atMost, figure, type Bench } from './check';
import { enrichedEvents, membersOf } from './enriched-lines';
import { knownFor, outcomesOf } from './known-core';
import { compare, inTurn, type Cost } from './measure';
import { collectedMs, eventsPerRecord, trackedRecords } from './tracked-records';

const RECORDS = 1_000;
/** In units of the reference: what was measured (README.md), and half as much again. */
const ENRICH_RATIO_MAX = 20;
const PRINT_RATIO_MAX = 8;

export const enrich: Bench = {
  doc: 'what an event costs the enricher, step by step, beside JSON.parse and JSON.stringify of its body',
  async run(seconds) {
    const records = await trackedRecords(RECORDS);
    const known = await knownFor(records, collectedMs + 60_000);
    const bodies = records.map(bodyOf);
    const events = enrichedEvents(records, known);
    const lines = events.map(toAnalyticsJson);
    const { gzipLevel, memberBytes } = defaultSettings({ s3: s3Fields }).s3;
    const members = membersOf(lines, memberBytes);
    const perMember = members.reduce((sum, member) => sum + member.lines, 0) / members.length;

    const costs = compare(seconds, [
      inTurn('JSON.parse + JSON.stringify', bodies, eventsPerRecord, (body) => JSON.stringify(JSON.parse(body))),
      inTurn('decode', records, eventsPerRecord, decodeCollectorPayload),
      inTurn('enrichRecord', records, eventsPerRecord, (record) => outcomesOf(record, known)),
      inTurn('toAnalyticsJson', events, 1, toAnalyticsJson),
      inTurn('gzip', members, perMember, ({ text }) => gzipSync(text, { level: gzipLevel })),
    ]);
    const [, decode, decide, print, compress] = costs as [Cost, Cost, Cost, Cost, Cost];
    const whole = decide.cpuUs + print.cpuUs + compress.cpuUs;
    const share = (part: number): number => (100 * part) / whole;
    return [
      figure('a body', average(bodies) / eventsPerRecord, 'bytes/event'),
      figure('a line', average(lines), 'bytes/event'),
      ...costs.map(({ name, cpuUs }) => figure(name, cpuUs, 'us/event')),
      figure('enrichRecord on one core', decide.perSecond, 'events/s'),
      figure('the whole way on one core', 1e6 / whole, 'events/s'),
      figure('share of decode', share(decode.cpuUs), '%'),
      figure('share of enrichRecord without decode', share(decide.cpuUs - decode.cpuUs), '%'),
      figure('share of toAnalyticsJson', share(print.cpuUs), '%'),
      figure('share of gzip', share(compress.cpuUs), '%'),
      atMost(ENRICH_RATIO_MAX, 'enrichRecord / reference', decide.ratio, 'times'),
      atMost(PRINT_RATIO_MAX, 'toAnalyticsJson / reference', print.ratio, 'times'),
    ];
  },
};

const average = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length;

function bodyOf(record: Uint8Array): string {
  const decoded = decodeCollectorPayload(record);
  if (!decoded.ok || decoded.payload.body === undefined) throw new Error('a record without a body');
  return decoded.payload.body;
}
