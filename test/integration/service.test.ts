/** What every process does beside its own work, seen from outside on the schema server and the enricher. */
import { createDynamoDBLeaseTable } from '../../kinesis-client/leases/dynamodb-lease-table';
import { systemClock } from '../../runtime/clock';
import { freePort, startStack } from '../stack';
import { startServiceProcess } from '../service-process';
import { until } from '../started-stack';

jest.setTimeout(30_000);

describe('a service', () => {
  it('serves metrics and health on its private port, and exits 0 when told to stop, 130 by SIGINT', async () => {
    for (const [signal, code] of [
      ['SIGTERM', 0],
      ['SIGINT', 130],
    ] as const) {
      // prettier-ignore
      const [port, metricsPort] = [await freePort(), await freePort()];
      const service = startServiceProcess('schema-server/main.ts', {
        FLOTILLA_SCHEMA_SERVER_PORT: String(port),
        FLOTILLA_METRICS_PORT: String(metricsPort),
      });
      await service.ready;
      const health = await fetch(`http://127.0.0.1:${metricsPort}/health`);
      expect(await health.json()).toEqual({ healthy: true, fault: null });
      const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      expect(metrics).toContain('flotilla_schema_server_');
      expect(metrics).toContain('process_resident_memory_bytes');
      service.kill(signal);
      expect(await service.ended).toBe(code);
      for (const line of service.output().trim().split('\n'))
        expect(JSON.parse(line)).toHaveProperty('service', 'schema-server');
    }
  });

  it('exits 78 with one line a fault when its settings are wrong', async () => {
    const service = startServiceProcess('enricher/main.ts', {
      FLOTILLA_METRICS_PORT: '0',
      FLOTILLA_S3_GZIP_LEVEL: '17',
    });
    await expect(service.ready).rejects.toThrow('ended with 78 before it was ready');
    expect(service.output()).toContain('enricher: FLOTILLA_METRICS_PORT is "0": it must be a port, from 1 to 65535');
    expect(service.output()).toContain('enricher: FLOTILLA_S3_GZIP_LEVEL is "17": it must be an integer, from 1 to 9');
  });

  it('can be told to stop while it is still starting', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const service = startServiceProcess('enricher/main.ts', {
      FLOTILLA_METRICS_PORT: String(await freePort()),
      FLOTILLA_AWS_S3_ENDPOINT: nowhere,
      FLOTILLA_AWS_KINESIS_ENDPOINT: nowhere,
      FLOTILLA_AWS_DYNAMODB_ENDPOINT: nowhere,
    });
    await until(
      () => service.output().includes('service starting'),
      10_000,
      () => service.output(),
    );
    service.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  it('lets go of what it has taken when it is told to stop while it waits for its share', async () => {
    const stack = await startStack({ streams: { raw: 4, bad: 1 } });
    try {
      const { dynamodb } = stack.emulators;
      const settings = { tableReadyTimeoutMs: 1_000, tableReadyPollMs: 100 };
      const table = createDynamoDBLeaseTable({ dynamodb, tableName: 'enricher', settings, clock: systemClock });
      const metricsPort = await freePort();
      const service = await stack.spawn('enricher/main.ts', {
        FLOTILLA_METRICS_PORT: String(metricsPort),
        FLOTILLA_KINESIS_CLIENT_FIRST_SHARE_WAIT_MS: '25000',
        FLOTILLA_KINESIS_CLIENT_LOOK_INTERVAL_MS: '25000',
        FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: '60000',
      });
      await until(
        () => service.output().includes('"state":"processing"'),
        20_000,
        () => service.output(),
      );
      const health = await fetch(`http://127.0.0.1:${metricsPort}/health`);
      expect([health.status, await health.json()]).toEqual([503, { healthy: false, fault: 'starting' }]);
      service.kill('SIGTERM');
      expect(await service.ended).toBe(0);
      expect(service.output()).not.toContain('service ready');
      const { leases } = await table.scan();
      expect(leases.map(({ leaseOwner, leaseCounter }) => [leaseOwner, leaseCounter > 0n]).sort()).toEqual(
        [false, false, false, true].map((wasTaken) => [undefined, wasTaken]),
      );
    } finally {
      await stack.stop();
    }
  });
});
