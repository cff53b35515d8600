/** The story of a fleet as a picture: an SVG of its own, without anything to load, for a browser or a document. Pure. */
import type { FleetSecond } from '../../kinesis-client/simulation/fleet-history';
import { timeTicks } from './axis-ticks';
import { clockText } from './clock-text';
import type { FleetStory } from './fleet-story';
import { escaped, svgPanel, type Series } from './svg-panel';

const WIDTH = 980;
const LEFT = 60;
const RIGHT = 24;
const PANEL_HEIGHT = 120;
const PANEL_PITCH = 190;
const FIRST_PANEL_Y = 108;
const KEY_LINE = 20;
const TIMES_MAX = 12;
const NUMBER_PITCH = 20;

const RED = '#c8452f';
const BLUE = '#2b6cb0';
const GREEN = '#2f855a';
const ORANGE = '#b7791f';

const STYLE = [
  'text{font-family:Helvetica,Arial,sans-serif;fill:#222}',
  '.head{font-size:18px;font-weight:bold}',
  '.sub{font-size:13px;fill:#555}',
  '.title{font-size:13px;font-weight:bold}',
  '.tick{font-size:12px;fill:#444}',
  '.number{font-size:11px;font-weight:bold;fill:#fff}',
  '.axis{fill:none;stroke:#444;stroke-width:1}',
  '.grid{fill:none;stroke:#e2e2e2;stroke-width:1}',
  '.mark{fill:none;stroke:#777;stroke-width:1;stroke-dasharray:3 3}',
  '.line{fill:none;stroke-width:1.5;stroke-linejoin:round}',
  '.area{fill-opacity:.3;stroke-width:1;stroke-linejoin:round}',
].join('');

/** `heading`: what fleet it is. Chapters are numbered in the picture and told below it. */
export function fleetPlot({ chapters, history }: FleetStory, heading: string): string {
  const { seconds, leases } = history;
  const endMs = (seconds.at(-1) as FleetSecond).atMs;
  const width = WIDTH - LEFT - RIGHT;
  const times = timeTicks(endMs, TIMES_MAX).map((ms) => ({ at: ms / endMs, text: clockText(ms) }));
  const marks = chapters.map(({ atMs }) => atMs / endMs);
  const panels = diagrams(seconds).map(
    ({ title, series }, i) =>
    svgPanel({ title, series, times, marks }, { x: LEFT, y: FIRST_PANEL_Y + i * PANEL_PITCH, width, height: PANEL_HEIGHT }), // prettier-ignore
  );
  const keyY = FIRST_PANEL_Y + panels.length * PANEL_PITCH - 20;
  const height = keyY + chapters.length * KEY_LINE + 12;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text class="head" x="${LEFT}" y="32">The life of a fleet</text>`,
    `<text class="sub" x="${LEFT}" y="52">${escaped(heading)}; ${leases} leases, time in minutes and seconds of virtual time</text>`,
    ...panels,
    ...apart(marks.map((at) => LEFT + at * width)).map((x, i) => numbered(i + 1, x, FIRST_PANEL_Y - 36)),
    ...chapters.map(({ atMs, title }, i) => keyLine(i + 1, `${clockText(atMs)}  ${title}`, keyY + i * KEY_LINE)),
    '</svg>',
  ].join('\n')}\n`;
}

function diagrams(seconds: readonly FleetSecond[]): readonly { title: string; series: readonly Series[] }[] {
  const over = (of: (second: FleetSecond) => number): number[] => seconds.map(of);
  const moves = over(({ moves: soFar }) => soFar);
  return [
    {
      title: 'leases without an owner',
      series: [{ name: 'free', kind: 'area', colour: RED, values: over(({ unowned }) => unowned) }],
    },
    {
      title: 'leases of a worker',
      series: [
        {
          name: 'from the fewest to the most',
          kind: 'area',
          colour: BLUE,
          values: over(({ ownedMax }) => ownedMax),
          floor: over(({ ownedMin }) => ownedMin),
        },
      ],
    },
    {
      title: 'leases that moved, a second',
      series: [
        { name: 'moves', kind: 'area', colour: ORANGE, values: moves.map((soFar, i) => soFar - (moves[i - 1] ?? 0)) },
      ],
    },
    {
      title: 'units of the lease table, a second',
      series: [
        { name: 'read', kind: 'line', colour: GREEN, values: over(({ readUnits }) => readUnits) },
        { name: 'write', kind: 'line', colour: BLUE, values: over(({ writeUnits }) => writeUnits) },
      ],
    },
  ];
}

/** Numbers side by side do not cover each other. */
const apart = (xs: readonly number[]): number[] =>
  xs.reduce<number[]>((placed, x) => [...placed, Math.max(x, (placed.at(-1) ?? -Infinity) + NUMBER_PITCH)], []);

const numbered = (number: number, x: number, y: number): string =>
  `<circle cx="${x.toFixed(1)}" cy="${y}" r="9" fill="#555"/><text class="number" text-anchor="middle" x="${x.toFixed(1)}" y="${y + 4}">${number}</text>`;

const keyLine = (number: number, text: string, y: number): string =>
  `${numbered(number, LEFT + 9, y)}<text class="tick" x="${LEFT + 28}" y="${y + 4}">${escaped(text)}</text>`;
