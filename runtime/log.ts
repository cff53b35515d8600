/** The log of every process: JSON lines on stdout. Each folder's telemetry.ts writes them, nothing else does. */
import pino, { type Logger as PinoLogger } from 'pino';
import { choice } from './config';

/** Constant lower-case messages, facts as fields; nothing per event, no personal data. */
export type Logger = PinoLogger;

export const logFields = {
  level: choice({
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    doc: 'The least severe log line that is written.',
  }),
};

export const createLogger = (service: string, level: string): Logger =>
  pino({ level, base: { service, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });

/** For tests and for commands that speak to a person. */
export const silentLogger: Logger = pino({ level: 'silent' });
