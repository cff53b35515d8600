/** The sections of settings that programs read, each once, with all its readers: for the page and the example files. */
import type { Fields } from '../runtime/config';
import type { Program } from './programs';

export interface DescribedSection {
  readonly name: string;
  /** Names of the programs, in their order. */
  readonly readers: readonly string[];
  readonly fields: Fields;
  /** Its options have no prefix. */
  readonly isBare: boolean;
}

export function describedSections(programs: readonly Program[]): readonly DescribedSection[] {
  const names = new Set(programs.flatMap(({ sections }) => Object.keys(sections)));
  return [...names].map((name) => {
    const readers = programs.filter(({ sections }) => sections[name] !== undefined);
    const fields = readers[0]?.sections[name] ?? {};
    const isBare = readers.some(({ bareSection }) => bareSection === name);
    return { name, readers: readers.map((program) => program.name), fields, isBare };
  });
}
