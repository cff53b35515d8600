/** What an enricher knows once it is warm: the core schemas, compiled by its own client from the files of the schema server. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enrichRecord, type Known, type Outcome } from '../enricher/enrich';
import { openResolvedIndex } from '../enricher/resolved-index';
import { CachingSchemaClient } from '../enricher/schema-client';
import type { SchemaSource } from '../enricher/schema-source';
import { schemasFields } from '../enricher/schemas-config';
import { createSchemasTelemetry } from '../enricher/telemetry';
import { systemClock } from '../runtime/clock';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { systemRandom } from '../runtime/random';
import { coreSchemasFolder } from '../schema-server/core-folder';
import { defaultSettings } from '../test/default-settings';

/** Longer than any bench: nothing is asked for again. */
const ttlMs = 3_600_000;

const coreSchemas: SchemaSource = {
  async lookUp({ vendor, name, format, version }) {
    const text = await readFile(join(coreSchemasFolder(), vendor, name, format, version), 'utf8');
    return { kind: 'found', text };
  },
};

/** Knows every schema that the records name. */
export async function knownFor(records: readonly Uint8Array[], etlTimestampMs: number): Promise<Known> {
  const telemetry = createSchemasTelemetry(createMetrics(), silentLogger);
  const schemas = new CachingSchemaClient({
    settings: { ...defaultSettings({ schemas: schemasFields }).schemas, ttlMs },
    clock: systemClock,
    telemetry,
    index: await openResolvedIndex('', telemetry),
    source: coreSchemas,
    isListed: () => false,
  });
  const processor = { artifact: 'flotilla-enricher', version: '0.1.0' };
  const known: Known = { schemas, etlTimestampMs, processor, random: systemRandom };
  for (const record of records) {
    for (;;) {
      const enrichment = enrichRecord(record, known);
      if (enrichment.kind === 'outcomes') break;
      await schemas.fetch(enrichment.keys);
    }
  }
  return known;
}

/** What became of a record whose schemas are known. */
export function outcomesOf(record: Uint8Array, known: Known): readonly Outcome[] {
  const enrichment = enrichRecord(record, known);
  if (enrichment.kind === 'needs-schemas') throw new Error('a schema is missing');
  return enrichment.outcomes;
}
