/**
 * The process list, for pm2: which main, how many, how long they may take to stop. Production and `npm start` use this
 * same file; `npm start` sets FLOTILLA_LOCAL=1, which adds the emulators and lets a stopped service stay stopped.
 * Every other setting is a FLOTILLA_* variable of docs/configuration.md, or stands in the file that FLOTILLA_CONFIG names.
 */
const { join } = require('node:path');
const os = require('node:os');

const local = process.env.FLOTILLA_LOCAL === '1';
const basePort = Number(process.env.FLOTILLA_START_PORT ?? 8080);
const logFolder = process.env.FLOTILLA_START_LOG_FOLDER;
const count = (name, otherwise) => Number(process.env[name] ?? otherwise);

/** Exit code 78 means bad settings: starting again would not help. 130: `npm start` stops it (local/start/stop-stack.ts). */
const app = (name, script, metricsOffset, stopMs, more = {}) => ({
  name,
  script: join(__dirname, 'dist', script),
  args: process.env.FLOTILLA_CONFIG ? ['--config', process.env.FLOTILLA_CONFIG] : [],
  exec_mode: 'fork',
  wait_ready: !local,
  listen_timeout: 60_000, // more than an enricher waits for its share of the leases
  kill_timeout: stopMs,
  stop_exit_codes: local ? [130, 78] : [78],
  increment_var: 'FLOTILLA_METRICS_PORT',
  merge_logs: true,
  ...(logFolder ? { out_file: join(logFolder, `${name}.log`), error_file: join(logFolder, `${name}.log`) } : {}),
  ...more,
  env: { FLOTILLA_METRICS_PORT: String(basePort + metricsOffset), NODE_OPTIONS: '--enable-source-maps' },
});

const apps = [
  app('schema-server', 'schema-server/main.js', 11, 5_000),
  app('collector', 'collector/main.js', 10, 10_000, {
    instances: count('FLOTILLA_COLLECTOR_PROCESSES', 1),
    ...(local ? {} : { exec_mode: 'cluster' }),
  }),
  app('enricher', 'enricher/main.js', 13, 60_000, {
    instances: count('FLOTILLA_ENRICHER_PROCESSES', local ? 2 : Math.max(1, os.availableParallelism() - 1)),
    max_memory_restart: '1G',
  }),
];

module.exports = { apps: local ? [app('emulators', 'local/main.js', 12, 5_000), ...apps] : apps };
