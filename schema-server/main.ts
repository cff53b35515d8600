/** The schema server: serves the core schemas and the user's own to the enrichers on this machine. */
import { runService } from '../runtime/service';
import { checkSchemaServer, schemaServerSections } from './config';
import { coreSchemasFolder } from './core-folder';
import { inspectSchemas } from './inspect-schemas';
import { createFolderSchemaStore } from './schema-store';
import { createSchemaServer } from './server';
import { createSchemaServerTelemetry } from './telemetry';

void runService({
  name: 'schema-server',
  sections: schemaServerSections,
  check: checkSchemaServer,
  stopDeadlineMs: 3_000,
  async start({ settings: { schemaServer: settings }, metrics, log, clock }) {
    const telemetry = createSchemaServerTelemetry(metrics, log);
    const folders = [coreSchemasFolder(), ...settings.folders];
    const store = createFolderSchemaStore({ ...settings, folders, telemetry });
    const { http, health } = createSchemaServer({ settings, store, clock, telemetry });
    await http.listen({ host: settings.host, port: settings.port });
    const stopping = new AbortController();
    const inspection = inspectSchemas({ folders, store, telemetry, signal: stopping.signal }).catch(telemetry.failed);
    return {
      health,
      async stop() {
        stopping.abort();
        await http.close();
        await inspection;
      },
    };
  },
});
