/** Every program that reads settings, with its sections: what the reference page and the examples are made of. */
import { collectorSections } from '../collector/config';
import { enricherSections } from '../enricher/config';
import { kclWorkerSections } from '../kinesis-client/multilang/kcl-worker-config';
import { localSections } from '../local/config';
import { chaosFields } from '../local/chaos/chaos-config';
import { explainFields } from '../local/schemas/explain-config';
import { mirrorFields } from '../local/schemas/mirror-config';
import { sendFields } from '../local/send/send-config';
import { simulateFields } from '../local/simulate/simulate-config';
import { startFields } from '../local/start/start-config';
import type { Sections } from '../runtime/config';
import { serviceFields } from '../runtime/service';
import { schemaServerSections } from '../schema-server/config';

export interface Program {
  readonly name: string;
  readonly sections: Sections;
  /** A section whose options need no prefix, for commands that a person types. */
  readonly bareSection?: string;
}

/** What runs until it is stopped. */
export const services: readonly Program[] = [
  { name: 'collector', sections: { ...serviceFields, ...collectorSections } },
  { name: 'enricher', sections: { ...serviceFields, ...enricherSections } },
  { name: 'schema-server', sections: { ...serviceFields, ...schemaServerSections } },
  { name: 'emulators', sections: { ...serviceFields, ...localSections } },
];

/** The services, and the commands that a person types. */
export const programs: readonly Program[] = [
  ...services,
  { name: 'flotilla start', sections: { start: startFields }, bareSection: 'start' },
  { name: 'flotilla send', sections: { send: sendFields }, bareSection: 'send' },
  { name: 'kcl-worker', sections: { ...serviceFields, ...kclWorkerSections }, bareSection: 'kcl' },
  { name: 'flotilla simulate', sections: { simulate: simulateFields }, bareSection: 'simulate' },
  { name: 'flotilla schemas explain', sections: { schemasExplain: explainFields }, bareSection: 'schemasExplain' },
  { name: 'flotilla schemas mirror', sections: { schemasMirror: mirrorFields }, bareSection: 'schemasMirror' },
  { name: 'flotilla chaos', sections: { chaos: chaosFields }, bareSection: 'chaos' },
];
