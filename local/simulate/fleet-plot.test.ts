import type { FleetSecond } from '../../kinesis-client/simulation/fleet-history';
import { fleetPlot } from './fleet-plot';
import type { FleetStory } from './fleet-story';

const seconds: FleetSecond[] = Array.from({ length: 60 }, (_, i) => ({
  atMs: (i + 1) * 1_000,
  workers: 3,
  owned: 12 - (i % 5),
  unowned: i % 5,
  ownedMin: 3,
  ownedMax: 5,
  moves: i,
  readUnits: 1.5,
  writeUnits: 40 + i,
}));

const story: FleetStory = {
  chapters: [
    { atMs: 0, title: 'cold start' },
    { atMs: 30_000, title: 'crash & <restart>' },
    { atMs: 30_500, title: 'stop' },
  ],
  history: { leases: 12, events: [], seconds },
  checks: [],
};

const picture = fleetPlot(story, '3 workers');
const numbersOf = (pattern: RegExp): number[] => [...picture.matchAll(pattern)].map(([, number]) => Number(number));

describe('the picture of a fleet', () => {
  it('is one SVG whose tags are all closed, with text escaped', () => {
    const open: string[] = [];
    for (const [, slash, name, rest] of picture.matchAll(/<(\/?)([a-z]+)([^>]*)>/g)) {
      if (slash === '/') expect(open.pop()).toBe(name);
      else if (!rest?.endsWith('/')) open.push(name as string);
    }
    expect(open).toEqual([]);
    expect(picture).toContain('0:30  crash &amp; &lt;restart&gt;');
  });

  it('names what it shows: fleet, diagrams, series, chapters, times', () => {
    const texts = [...picture.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(texts).toEqual(expect.arrayContaining(['leases without an owner', 'leases of a worker', 'free', 'read', 'write', '0:00', '1:00', '0:00  cold start', '0:31  stop'])); // prettier-ignore
    expect(texts.filter((text) => text?.startsWith('3 workers'))).toHaveLength(1);
  });

  it('draws a point a second, all of them inside', () => {
    const width = Number(/viewBox="0 0 (\d+)/.exec(picture)?.[1]);
    const paths = [...picture.matchAll(/class="(?:line|area)"[^>]* d="M([^"Z]*)/g)].map(([, path]) => path as string);
    expect(paths.map((path) => path.split('L').length)).toEqual([120, 120, 120, 60, 60]);
    const points = paths.flatMap((path) => path.split('L').map((point) => point.split(' ').map(Number)));
    for (const [x, y] of points) {
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThanOrEqual(width);
      expect(y).toBeGreaterThan(0);
    }
  });

  it('keeps numbers of chapters apart that begin at nearly the same time', () => {
    const [, second = NaN, third = NaN] = numbersOf(/<circle cx="([\d.]+)"/g);
    expect(third - second).toBeGreaterThanOrEqual(20);
  });
});
