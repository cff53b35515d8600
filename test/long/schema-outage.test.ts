/** The schema server of a machine is away for five minutes under load. The same for seconds: test/integration. */
import { expectNothingSpoiled, schemaOutage } from '../schema-outage';

test('five minutes without the schema server: no bad row, no exit, and everything arrives', async () => {
  const outageMs = 300_000;
  expectNothingSpoiled(await schemaOutage({ outageMs }), outageMs);
}, 600_000);
