import { leaveToFile, localEnvironment, stackLayout } from './start-config';

describe('a local stack', () => {
  it('counts its ports from the collector’s', () => {
    const { ports, collectorUrl, outputFolder } = stackLayout({ port: 9_000, data: '/tmp/there' });
    expect(ports.map(({ port }) => port - 9_000)).toEqual([0, 1, 3, 4, 5, 10, 11, 12, 13, 14]);
    expect(collectorUrl).toBe('http://127.0.0.1:9000');
    expect(outputFolder).toBe('/tmp/there/s3/flotilla');
  });

  it('leaves to the file of --config what stands in it', () => {
    const environment = localEnvironment({ port: 8_080, data: './data' });
    expect(environment).toMatchObject({ FLOTILLA_S3_BATCH_AGE_MS: '2000', FLOTILLA_COLLECTOR_PORT: '8080' });
    const left = leaveToFile(environment, { s3: { batchAgeMs: 60_000 }, enricher: {} });
    expect(left).not.toHaveProperty('FLOTILLA_S3_BATCH_AGE_MS');
    expect(Object.keys(left)).toHaveLength(Object.keys(environment).length - 1);
    expect(leaveToFile(environment, null)).toEqual(environment);
  });
});
