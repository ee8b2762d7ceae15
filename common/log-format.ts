/**
 * How a line of the log looks to Cloud Logging: one JSON object, with `severity`, `message` and `time` as it reads them.
 * https://cloud.google.com/logging/docs/structured-logging
 */

const SEVERITIES = new Map([
  ['trace', 'DEBUG'],
  ['debug', 'DEBUG'],
  ['info', 'INFO'],
  ['warn', 'WARNING'],
  ['error', 'ERROR'],
  ['fatal', 'CRITICAL'],
]);

/** The severity of one of pino's levels. */
export function severityOf(level: string): string {
  return SEVERITIES.get(level) ?? 'DEFAULT';
}

/** Options of pino. */
export const LOG_FORMAT = {
  base: null,
  messageKey: 'message',
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: { level: (label: string) => ({ severity: severityOf(label) }) },
};
