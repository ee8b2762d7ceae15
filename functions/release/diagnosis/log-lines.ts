/**
 * What a container has logged, made fit to be judged and quoted: a line of text for each entry, without escapes,
 * bounded, with how grave it says it is. A log is written by anybody; nothing in it is trusted. Pure.
 */
import { stripVTControlCharacters } from 'node:util';
import { withoutSecrets } from './secrets.ts';

/** How grave a line says it is; `plain` where it says nothing. */
export type Level = 'fatal' | 'error' | 'warning' | 'routine' | 'plain';

export interface LogLine {
  readonly text: string;
  /** The text without its secrets: what may be shown. Empty where nothing may. */
  readonly shown: string;
  readonly level: Level;
  /** Part of what came before it, such as a frame of a stack. */
  readonly isContinuation: boolean;
}

const LINES_MAX = 200;
const CHARACTERS_MAX = 4_000;
/** Structured lines are longer than what they say. */
const JSON_MAX = 16_000;

/** The last lines, oldest first. An entry of several lines becomes several. */
export function readLines(entries: readonly string[]): LogLine[] {
  const lines: LogLine[] = [];
  let isKey = false;
  const split = entries
    .slice(-LINES_MAX)
    .flatMap((entry) => entry.slice(0, JSON_MAX).split(/\r?\n/, LINES_MAX));
  for (const raw of split.slice(-LINES_MAX)) {
    if (/-----BEGIN [A-Z ]{0,40}KEY/.test(raw)) isKey = true;
    const line = readLine(raw);
    if (line !== null) lines.push(isKey ? { ...line, shown: '' } : line);
    if (/-----END [A-Z ]{0,40}KEY/.test(raw)) isKey = false;
  }
  return lines;
}

function readLine(raw: string): LogLine | null {
  const structured = raw.trimStart().startsWith('{') ? readJson(raw) : null;
  const text = plainText(structured?.text ?? raw.slice(0, CHARACTERS_MAX));
  if (text === '' || isBinary(text)) return null;
  const shown = withoutSecrets(text);
  return {
    text,
    shown: /^(?:\s|\[secret\])*$/.test(shown) ? '' : shown,
    level: structured?.level ?? levelOf(text),
    isContinuation: structured === null && (/^\s/.test(raw) || FRAME.test(text)),
  };
}

/** In one line, without escapes, control and invisible characters; what they split comes together again. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
}

function isBinary(text: string): boolean {
  const strange = text.match(/[\uFFFD\p{Co}\p{Cn}]/gu)?.length ?? 0;
  return strange > text.length / 10;
}

/** A frame of Python's or Java's, or the marks below it, whatever a logger has put before it. */
const FRAME =
  /(?:^|\] |\) )(?:File "[^"]{1,400}", line \d+|at [\w.$]{1,200}\([\w.:$ ]{0,100}\)$|[\^~ ]{3,200}$)/;

const LEVELS = new Map<string, Level>([
  ...['TRACE', 'DEBUG', 'INFO', 'NOTICE', '10', '20', '30'].map((name) => [name, 'routine'] as const),
  ...['WARN', 'WARNING', '40'].map((name) => [name, 'warning'] as const),
  ...['ERROR', 'ERR', 'SEVERE', '50'].map((name) => [name, 'error'] as const),
  ...['CRITICAL', 'FATAL', 'ALERT', 'EMERGENCY', 'PANIC', '60'].map((name) => [name, 'fatal'] as const),
]);

/** The level's name among the first words: behind a time, a process, a logger's name. */
const NAMED_LEVEL =
  /^.{0,80}?(?:^|[\s[(|:"=])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC)(?=[\s\]):|"]|$)/;
const LEAST_LEVEL =
  /^(?:\S{1,40} )?(?:level=)?(trace|debug|info|notice|warn|warning|error|critical|fatal|panic)(?:[:\]]| -)/i;
/** glog's, as Triton and TensorFlow Serving write: I1117 19:51:48. */
const GLOG = /^([IWEF])\d{4} \d\d:/;
const BY_GLOG: Record<string, Level> = { I: 'routine', W: 'warning', E: 'error', F: 'fatal' };

function levelOf(text: string): Level {
  const glog = GLOG.exec(text)?.[1];
  if (glog !== undefined) return BY_GLOG[glog] ?? 'plain';
  // Kubernetes' events are of two types, and what went wrong is a Warning.
  if (/^Warning [A-Z]\w+ /.test(text)) return 'error';
  const name = NAMED_LEVEL.exec(text)?.[1] ?? LEAST_LEVEL.exec(text)?.[1];
  return LEVELS.get(name?.toUpperCase() ?? '') ?? 'plain';
}

/** The words of a structured line, as pino, Python's loggers and Cloud Logging write them; null if it is none. */
function readJson(raw: string): { text: string; level: Level } | null {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return null;
  }
  const entry = fieldsOf(value);
  if (entry === null) return null;
  const payload = fieldsOf(entry.get('jsonPayload')) ?? entry;
  const first = (...names: string[]) =>
    names.map((name) => payload.get(name) ?? entry.get(name)).find((found) => found !== undefined);
  const causes = first('causes', 'problems');
  const parts = [
    first('message', 'msg', 'event', 'textPayload'),
    ...(Array.isArray(causes) ? causes.slice(0, 10) : [causes]),
    messageOf(first('err', 'error')),
    lastLine(first('exc_info', 'exception')),
  ].filter((part) => typeof part === 'string' && part !== '');
  // An error often repeats what caused it.
  const said = parts.filter((part, i) => i === 0 || !String(parts[i - 1]).endsWith(String(part)));
  if (said.length === 0) return null;
  const text = said.join(': ').slice(0, CHARACTERS_MAX);
  const severities = ['severity', 'level', 'levelname'].map((name) => levelNamed(first(name)));
  const level = severities.find((found) => found !== undefined) ?? 'plain';
  // All that is written to standard error is logged as an error; what the text says of itself is nearer the truth.
  const own = levelOf(plainText(text));
  return { text, level: own === 'plain' || level === 'routine' ? level : own };
}

function levelNamed(name: unknown): Level | undefined {
  return typeof name === 'string' || typeof name === 'number'
    ? LEVELS.get(String(name).toUpperCase())
    : undefined;
}

/** Names are the log's own: a Map has no key that means something else. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return new Map(Object.entries(value));
}

function messageOf(error: unknown): unknown {
  return fieldsOf(error)?.get('message') ?? error;
}

/** A traceback says at its end what happened. */
function lastLine(text: unknown): unknown {
  return typeof text === 'string' ? text.trimEnd().split('\n').at(-1) : null;
}
