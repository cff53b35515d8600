/**
 * What each gzip level costs and saves on lines of the S3 output, compressed in members of the default size as the sink
 * does: bytes that are stored, and CPU time, in units of the default level.
 */
import { gzipSync } from 'node:zlib';
import { toAnalyticsJson } from '../protocol/enriched-event';
import { s3Fields } from '../sinks/s3/config';
import { defaultSettings } from '../test/default-settings';
import { figure, type Bench } from './check';
import { enrichedEvents, membersOf } from './enriched-lines';
import { knownFor } from './known-core';
import { compare, inTurn } from './measure';
import { collectedMs, trackedRecords } from './tracked-records';

const RECORDS = 1_000;
const LEVELS = [6, 1, 2, 3, 4, 5, 7, 9];

export const gzip: Bench = {
  doc: 'bytes and CPU time a line of the output at each gzip level',
  async run(seconds) {
    const { memberBytes } = defaultSettings({ s3: s3Fields }).s3;
    const records = await trackedRecords(RECORDS);
    const events = enrichedEvents(records, await knownFor(records, collectedMs + 60_000));
    const members = membersOf(events.map(toAnalyticsJson), memberBytes);
    const lines = members.reduce((sum, member) => sum + member.lines, 0);
    const costs = compare(
      seconds,
      LEVELS.map((level) =>
        inTurn(`level ${level}`, members, lines / members.length, ({ text }) => gzipSync(text, { level })),
      ),
    );
    return LEVELS.flatMap((level, i) => {
      const stored = members.reduce((sum, { text }) => sum + gzipSync(text, { level }).length, 0);
      const { name, cpuUs, ratio } = costs[i] as (typeof costs)[number];
      return [
        figure(`${name}, stored`, stored / lines, 'bytes/line'),
        figure(`${name}, CPU time`, cpuUs, 'us/line'),
        figure(`${name}, CPU time / level 6`, ratio, 'times'),
      ];
    });
  },
};
