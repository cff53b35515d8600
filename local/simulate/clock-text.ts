/** `187000` -> `3:07`: virtual time as the chart and the picture of a simulation show it. Pure. */
export function clockText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
