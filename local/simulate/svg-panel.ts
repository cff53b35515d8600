/** One diagram of a picture: axes, grid, marks, and lines or areas over time. Pure text; whoever calls it puts panels together. */
import { valueTicks } from './axis-ticks';

export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A line through its points, or the area between `points` and `floor` (0 where there is none). */
export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly kind: 'line' | 'area';
  /** One each second, from the first on. */
  readonly values: readonly number[];
  readonly floor?: readonly number[];
}

export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
  /** Marks on the axis of time, as shares of its length. */
  readonly times: readonly { readonly at: number; readonly text: string }[];
  /** Upright lines through the diagram, as shares of its width. */
  readonly marks: readonly number[];
}

const TICKS = 4;
const SWATCH = 14;
/** Of a letter of the legend, at most about. */
const LETTER_WIDTH = 7;
const GAP = 24;

export function svgPanel(panel: Panel, frame: Frame): string {
  const ticks = valueTicks(Math.max(1, ...panel.series.flatMap(({ values }) => values)), TICKS);
  const top = ticks.at(-1) as number;
  const yOf = (value: number): number => frame.y + frame.height * (1 - value / top);
  return [
    `<text class="title" x="${frame.x}" y="${frame.y - 10}">${escaped(panel.title)}</text>`,
    legend(panel.series, frame),
    ...ticks.map((tick) => grid(tick, yOf(tick), frame)),
    ...panel.times.map(({ at, text }) => time(text, frame.x + at * frame.width, frame)),
    ...panel.series.map((series) => drawn(series, yOf, frame)),
    ...panel.marks.map((at) => upright(frame.x + at * frame.width, frame)),
    `<path class="axis" d="M${frame.x} ${frame.y}V${frame.y + frame.height}H${frame.x + frame.width}"/>`,
  ].join('\n');
}

/** Text as it may stand between the tags of XML. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const grid = (tick: number, y: number, { x, width }: Frame): string =>
  `<path class="grid" d="M${x} ${short(y)}h${width}"/><text class="tick" text-anchor="end" x="${x - 8}" y="${short(y + 4)}">${tick}</text>`;

const time = (text: string, x: number, { y, height }: Frame): string =>
  `<path class="axis" d="M${short(x)} ${y + height}v4"/><text class="tick" text-anchor="middle" x="${short(x)}" y="${y + height + 17}">${text}</text>`;

const upright = (x: number, { y, height }: Frame): string => `<path class="mark" d="M${short(x)} ${y}v${height}"/>`;

function drawn({ kind, colour, values, floor }: Series, yOf: (value: number) => number, frame: Frame): string {
  const xOf = (i: number): number => frame.x + (frame.width * (i + 1)) / values.length;
  const path = (ys: readonly number[]): string[] => ys.map((value, i) => `${short(xOf(i))} ${short(yOf(value))}`);
  if (kind === 'line') return `<path class="line" stroke="${colour}" d="M${path(values).join('L')}"/>`;
  const below = path(floor ?? values.map(() => 0)).reverse();
  return `<path class="area" fill="${colour}" stroke="${colour}" d="M${[...path(values), ...below].join('L')}Z"/>`;
}

/** At the right end of the title's line, each name left of its colour. */
function legend(series: readonly Series[], { x, y, width }: Frame): string {
  let right = x + width;
  const entries = [...series].reverse().map(({ name, colour }) => {
    const swatch = `<rect x="${short(right - SWATCH)}" y="${y - 20}" width="${SWATCH}" height="10" rx="2" fill="${colour}"/>`;
    const text = `<text class="tick" text-anchor="end" x="${short(right - SWATCH - 6)}" y="${y - 11}">${escaped(name)}</text>`;
    right -= SWATCH + name.length * LETTER_WIDTH + GAP;
    return swatch + text;
  });
  return entries.join('');
}

/** A tenth of a pixel is fine enough. */
const short = (pixels: number): string => String(Math.round(pixels * 10) / 10);
