import { choice, durationMs, environmentName, flag, integer, list, loadSettings, optionName, port, redacted, secret, settingsHelp, text, url } from './config'; // prettier-ignore

const sections = {
  kinesisClient: {
    leaseDurationMs: durationMs({ default: 10_000, min: 1_000, doc: 'How long a lease lasts.' }),
    parallel: integer({ default: 20, min: 1, max: 100, doc: 'How many at once.' }),
  },
  collector: {
    port: port({ doc: 'The port.' }),
    open: flag({ default: false, doc: 'Open?' }),
    level: choice({ choices: ['low', 'high'], default: 'low', doc: 'The level.' }),
    hosts: list({ default: [], doc: 'The hosts.' }),
    endpoint: url({ default: '', doc: 'Where.' }),
    name: text({ default: 'sp', pattern: /^[a-z]+$/, allowed: 'small letters', doc: 'The name.' }),
    key: secret({ default: 'hidden', doc: 'The key.' }),
  },
};

const load = (given: { argv?: string[]; environment?: Record<string, string>; file?: string }) =>
  loadSettings(
    sections,
    {
      argv: [...(given.file === undefined ? [] : ['--config', 'file.json']), ...(given.argv ?? [])],
      environment: given.environment ?? {},
      readFile: () => given.file ?? '',
    },
    { flags: ['--check'] },
  );
const loaded = (given: Parameters<typeof load>[0]) => {
  const result = load(given);
  if (result.kind === 'faults') throw new Error(result.faults.join('\n'));
  return result;
};
const faultsOf = (given: Parameters<typeof load>[0]) => {
  const result = load(given);
  return result.kind === 'faults' ? result.faults : [];
};
const withPort = { FLOTILLA_COLLECTOR_PORT: '8080' };

describe('settings', () => {
  it('are named alike in file, environment and option', () => {
    expect(environmentName('kinesisClient', 'leaseDurationMs')).toBe('FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS');
    expect(environmentName('s3', 'gzipLevel')).toBe('FLOTILLA_S3_GZIP_LEVEL');
    expect(optionName('kinesisClient', 'leaseDurationMs')).toBe('--kinesis-client-lease-duration-ms');
    expect(optionName('start', 'port', 'start')).toBe('--port');
  });

  it('are read in the order default, file, environment, option', () => {
    const file = '{"kinesisClient": {"parallel": 2}}';
    const environment = { ...withPort, FLOTILLA_KINESIS_CLIENT_PARALLEL: '3' };
    const argv = ['--kinesis-client-parallel', '4'];
    const parallel = (given: Parameters<typeof load>[0]) => loaded(given).settings.kinesisClient.parallel;
    expect(parallel({ environment: withPort })).toBe(20);
    expect(parallel({ environment: withPort, file })).toBe(2);
    expect(parallel({ environment, file })).toBe(3);
    expect(parallel({ environment, file, argv })).toBe(4);
  });

  it('keep their types', () => {
    const { collector } = loaded({
      environment: { ...withPort, FLOTILLA_COLLECTOR_OPEN: 'true', FLOTILLA_COLLECTOR_HOSTS: 'a.b, c.d' },
      argv: ['--collector-level=high'],
    }).settings;
    expect(collector).toEqual({
      port: 8080, open: true, level: 'high', hosts: ['a.b', 'c.d'], endpoint: '', name: 'sp', key: 'hidden',
    }); // prettier-ignore
    expect(Object.isFrozen(collector)).toBe(true);
  });

  it('report all faults at once, each with name, value and what is allowed', () => {
    const environment = { FLOTILLA_COLLECTOR_LEVEL: 'middle', FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: '10' };
    const argv = ['--collector-endpoint', 'localhost:80', '--colour', 'red'];
    expect(faultsOf({ environment, argv, file: '{"collector": {"prot": 1}, "colector": {}}' })).toEqual([
      '--colour is no option here; --help lists them',
      'red is no option here; --help lists them',
      expect.stringContaining('collector.prot in file.json is no setting; there are port, open'),
      expect.stringContaining('colector in file.json is no section; there are aws, stream'),
      'FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS is "10": it must be milliseconds, 1000 or more',
      'FLOTILLA_COLLECTOR_PORT (or --collector-port) must be set: a port, from 1 to 65535',
      'FLOTILLA_COLLECTOR_LEVEL is "middle": it must be one of low, high',
      '--collector-endpoint is "localhost:80": it must be an http:// or https:// URL, or empty',
    ]);
  });

  it.each([
    ['8080x', 'a port'], ['0', 'a port'], ['65536', 'a port'], ['1.5', 'a port'], ['', 'a port'],
  ])('refuse the port %j', (value, allowed) => {
    expect(faultsOf({ environment: { FLOTILLA_COLLECTOR_PORT: value } })[0]).toContain(allowed);
  }); // prettier-ignore

  it('refuse a file that is no JSON, and an option without its value', () => {
    expect(faultsOf({ environment: withPort, file: '{' })[0]).toContain('--config file.json cannot be read as JSON');
    expect(faultsOf({ environment: withPort, argv: ['--collector-level'] })).toEqual([
      '--collector-level needs a value',
    ]);
  });

  it('pass over the sections of other services in the file', () => {
    expect(loaded({ environment: withPort, file: '{"enricher": {"anything": 1}}' }).settings.collector.port).toBe(8080);
  });

  it('tell flags from settings', () => {
    expect(loaded({ environment: withPort, argv: ['--check'] }).flags).toEqual(new Set(['--check']));
  });

  it('never print a secret', () => {
    const environment = { ...withPort, FLOTILLA_COLLECTOR_KEY: 'tiger' };
    const { settings } = loaded({ environment });
    expect(JSON.stringify(redacted(sections, settings))).not.toMatch(/tiger|hidden/);
    expect(settingsHelp(sections)).not.toContain('hidden');
  });
});
