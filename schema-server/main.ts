/** The schema server: serves the core schemas and the user's own to the enrichers on this machine. */
import { boundedFetch } from '../runtime/bounded-fetch';
import { runService } from '../runtime/service';
import { checkSchemaServer, readPreload, readResolverConfig, schemaServerSections } from './config';
import { coreSchemasFolder } from './core-folder';
import { inspectSchemas } from './inspect-schemas';
import { createFolderSchemaStore, type SchemaStore } from './schema-store';
import { createSchemaServer } from './server';
import { createSchemaServerTelemetry } from './telemetry';
import { preload } from './upstream/preload';
import { createUpstreamTelemetry } from './upstream/telemetry';
import { openUpstreamStore } from './upstream/upstream-store';

void runService({
  name: 'schema-server',
  sections: schemaServerSections,
  check: checkSchemaServer,
  stopDeadlineMs: 3_000,
  async start({ settings: { schemaServer: settings }, metrics, log, clock }) {
    const telemetry = createSchemaServerTelemetry(metrics, log);
    const folders = [coreSchemasFolder(), ...settings.folders];
    const storeOver = (paths: readonly string[]): SchemaStore =>
      createFolderSchemaStore({ ...settings, folders: paths, telemetry });
    const own = storeOver(folders);
    const config = readResolverConfig(settings);
    const upstreamTelemetry = createUpstreamTelemetry(metrics, log);
    const upstream =
      config &&
      (await openUpstreamStore({
        own,
        config,
        settings,
        storeOver: (folder) => storeOver([folder]),
        fetch: boundedFetch,
        clock,
        telemetry: upstreamTelemetry,
      }));
    const store = upstream ?? own;
    const { http, health } = createSchemaServer({ settings, store, clock, telemetry });
    await http.listen({ host: settings.host, port: settings.port });
    const stopping = new AbortController();
    const { signal } = stopping;
    const begun = [
      inspectSchemas({ folders, store: own, telemetry, signal }),
      preload({ keys: readPreload(settings), store, telemetry: upstreamTelemetry, signal }),
    ].map((one) => one.catch(telemetry.failed));
    return {
      health,
      async stop() {
        stopping.abort();
        await http.close();
        await upstream?.close();
        await Promise.all(begun);
      },
    };
  },
});
