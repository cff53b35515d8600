/** The settings that a service has when nobody sets any. Throws when one has no default. */
import { loadSettings, type Fields, type Sections, type Settings } from '../runtime/config';

export function defaultSettings<S extends Sections>(sections: S): Settings<S> {
  const loaded = loadSettings(sections, { argv: [], environment: {}, readFile: String });
  if (loaded.kind === 'faults') throw new Error(loaded.faults.join('; '));
  return loaded.settings;
}

/** Those of one section. */
export const defaultsOf = <F extends Fields>(fields: F): Settings<{ section: F }>['section'] =>
  defaultSettings({ section: fields }).section;
