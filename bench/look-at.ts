/** What a process says of itself on its metrics port: a look is a function from a metric's name to its sum over all labels. */
export type Look = (name: string) => number;

export async function lookAt(port: number): Promise<Look> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const sums = new Map<string, number>();
  for (const [, series = '', value] of text.matchAll(/^([a-z0-9_]+)(?:\{[^}]*\})? ([-+.0-9eE]+)$/gm)) {
    sums.set(series, (sums.get(series) ?? 0) + Number(value));
  }
  return (name) => {
    const sum = sums.get(name);
    if (sum === undefined) throw new Error(`no metric ${name} at port ${port}`);
    return sum;
  };
}
