/** Puts together what an enricher needs of schemas, from its settings: main.ts starts it and ends it. */
import type { Clock } from '../runtime/clock';
import { limitWarnings } from '../runtime/limit-warnings';
import type { Logger } from '../runtime/log';
import type { Metrics } from '../runtime/metrics';
import type { Random } from '../runtime/random';
import { createHttpFeed, followChanges } from './change-feed';
import { isListed } from './decide-lookup';
import { openResolvedIndex } from './resolved-index';
import { CachingSchemaClient, type SchemaClient } from './schema-client';
import { ResolverSource, ServerSource } from './schema-source';
import { readResolver, type SchemasSettings } from './schemas-config';
import { createSchemasTelemetry } from './telemetry';

export interface SchemasDependencies {
  readonly settings: SchemasSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface Schemas {
  readonly client: SchemaClient;
  /** Ends what runs beside the events, and what is still to be written. */
  stop(): Promise<void>;
}

export async function createSchemas({ settings, clock, random, metrics, log }: SchemasDependencies): Promise<Schemas> {
  const telemetry = createSchemasTelemetry(metrics, limitWarnings(log, clock));
  const { config } = readResolver(settings.resolver);
  const index = await openResolvedIndex(settings.indexFile, telemetry);
  const asksServer = settings.uri !== '';
  const client = new CachingSchemaClient({
    settings,
    clock,
    telemetry,
    index,
    source: asksServer ? new ServerSource(settings, clock) : new ResolverSource(config, settings, clock, telemetry),
    isListed: (key, repository) => isListed(config, key, repository),
  });
  const stopping = new AbortController();
  const following = asksServer
    ? followChanges({
        ask: createHttpFeed(settings, clock),
        onChange: (change) => void client.changed(change),
        clock,
        random,
        signal: stopping.signal,
        telemetry,
      })
    : Promise.resolve();
  return {
    client,
    async stop() {
      stopping.abort();
      await following;
      await index.settled();
    },
  };
}
