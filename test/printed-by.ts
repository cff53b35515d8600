/** A command as a person runs it, in the process of the test: what it prints, and its exit code. */
export async function printedBy(command: () => Promise<number>): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const note = (where: keyof typeof printed) => (text: string | Uint8Array) => {
    printed[where] += String(text);
    return true;
  };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(note('out')),
    jest.spyOn(process.stderr, 'write').mockImplementation(note('err')),
  ];
  const code = await command().finally(() => spies.forEach((spy) => spy.mockRestore()));
  return { code, ...printed };
}
