/**
 * Logs for Cloud Logging: one JSON object a line, `severity` and `message` as it reads them
 * (https://cloud.google.com/logging/docs/structured-logging). Messages are constant, particulars are fields.
 */
import { pino, type Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & {
  child(bindings: Record<string, unknown>): Log;
};

const SEVERITIES = new Map([
  ['trace', 'DEBUG'],
  ['debug', 'DEBUG'],
  ['info', 'INFO'],
  ['warn', 'WARNING'],
  ['error', 'ERROR'],
  ['fatal', 'CRITICAL'],
]);

export function createLog(level = 'info'): Log {
  return pino({
    level,
    messageKey: 'message',
    base: null,
    formatters: { level: (label) => ({ severity: SEVERITIES.get(label) ?? 'DEFAULT' }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  });
}
