/** The log, on standard output, as Cloud Logging reads it. */
import { pino, stdSerializers, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { LOG_FORMAT } from '../common/log-format.ts';

/** Characters of a text in a line, entries of a list, levels: what a model or a caller brings has none of these. */
const TEXT_MAX = 4000;
const ENTRIES_MAX = 20;
const DEEPEST = 6;

export type { Logger };

/** Standard output, written at once: a process that is about to end must not lose its reason. */
export function createLogger(level: string, destination: DestinationStream = pino.destination(1)): Logger {
  const options: LoggerOptions = {
    ...LOG_FORMAT,
    level,
    formatters: {
      ...LOG_FORMAT.formatters,
      log: (fields) =>
        Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, bounded(value)])),
    },
    serializers: {
      err: (error: unknown) => bounded(error instanceof Error ? stdSerializers.err(error) : error),
    },
  };
  return pino(options, destination);
}

/** A line of that form for when there is no logger left to write it: the process is about to be ended. */
export function lastLine(message: string, error: Error): string {
  let line = '';
  createLogger('fatal', { write: (text) => (line = text) }).fatal({ err: error }, message);
  return line;
}

/**
 * The fields that join a log line to the request's trace, from W3C `traceparent` or Google's older
 * `X-Cloud-Trace-Context`. Headers are the caller's: what does not look like a trace id is left out.
 */
export function traceFields(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  project: string,
): Record<string, unknown> {
  const w3c = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(String(headers['traceparent']));
  if (w3c !== null) return fieldsOf(w3c[1], w3c[2], (Number.parseInt(w3c[3] ?? '0', 16) & 1) === 1, project);
  const google = /^([\da-f]{32})(?:\/(\d{1,20}))?(?:;o=([01]))?$/.exec(
    String(headers['x-cloud-trace-context']),
  );
  if (google === null) return {};
  const span = google[2] === undefined ? undefined : BigInt(google[2]).toString(16).padStart(16, '0');
  return fieldsOf(google[1], span, google[3] === '1', project);
}

function fieldsOf(
  trace: string | undefined,
  span: string | undefined,
  sampled: boolean,
  project: string,
): Record<string, unknown> {
  return {
    'logging.googleapis.com/trace': project === '' ? trace : `projects/${project}/traces/${trace}`,
    ...(span === undefined ? {} : { 'logging.googleapis.com/spanId': span }),
    'logging.googleapis.com/trace_sampled': sampled,
  };
}

/** A value as a line may have it. Errors stay as they are: their serializer comes later. */
function bounded(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') {
    const more = value.length - TEXT_MAX;
    return more > 0 ? `${value.slice(0, TEXT_MAX)}… ${more} more characters` : value;
  }
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth === DEEPEST) return '…';
  if (Array.isArray(value)) {
    const kept = value.slice(0, ENTRIES_MAX).map((entry: unknown) => bounded(entry, depth + 1));
    return value.length > ENTRIES_MAX ? [...kept, `… ${value.length - ENTRIES_MAX} more`] : kept;
  }
  const entries = Object.entries(value).slice(0, ENTRIES_MAX);
  return Object.fromEntries(entries.map(([name, entry]) => [name, bounded(entry, depth + 1)]));
}
