/**
 * What a container has logged, made fit to be judged and quoted: a line of text for each entry, without escapes,
 * bounded, and marked where it says nothing or looks like a secret. A log is written by anybody; nothing in it is
 * trusted. Pure.
 */
import { stripVTControlCharacters } from 'node:util';

export interface LogLine {
  readonly text: string;
  /** Of a structured line that says it is neither warning nor error. */
  readonly isRoutine: boolean;
  /** Part of what came before it, such as a frame of a stack. */
  readonly isContinuation: boolean;
  /** Nothing of it may be shown. */
  readonly isSecret: boolean;
}

const MOST_LINES = 200;
const MOST_CHARACTERS = 4_000;
/** Structured lines are longer than what they say. */
const MOST_JSON = 16_000;

/** The last lines, oldest first. An entry of several lines becomes several. */
export function readLines(entries: readonly string[]): LogLine[] {
  const lines: LogLine[] = [];
  let isKey = false;
  const split = entries
    .slice(-MOST_LINES)
    .flatMap((entry) => entry.slice(0, MOST_JSON).split(/\r?\n/, MOST_LINES));
  for (const raw of split.slice(-MOST_LINES)) {
    if (/-----BEGIN [A-Z ]{0,40}KEY/.test(raw)) isKey = true;
    const line = readLine(raw);
    if (line !== null) lines.push(isKey ? { ...line, isSecret: true } : line);
    if (/-----END [A-Z ]{0,40}KEY/.test(raw)) isKey = false;
  }
  return lines;
}

function readLine(raw: string): LogLine | null {
  const structured = raw.trimStart().startsWith('{') ? readJson(raw) : null;
  const text = plainText(structured?.text ?? raw.slice(0, MOST_CHARACTERS));
  if (text === '' || isBinary(text)) return null;
  return {
    text,
    isRoutine: structured?.isRoutine ?? false,
    isContinuation: structured === null && /^\s/.test(raw),
    // Before and after: what is escaped in JSON may be a secret only once it is read.
    isSecret: looksSecret(text) || looksSecret(plainText(raw)),
  };
}

/** In one line, without escapes, control and invisible characters; what they split comes together again. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
}

/** Keys, tokens, signed URLs: forms that are secret wherever they stand. */
const SECRET =
  /X-(?:Goog|Amz)-(?:Signature|Credential|Security-Token)|GoogleAccessId=|\bya29\.|\bBearer\s+\S|\bAuthorization\b["']?\s*[:=]|-----BEGIN|\bAIza[\w-]{30}|\beyJ[\w-]{8,}\.[\w-]|\bgh[pousr]_\w{16}|\bhf_\w{16}|\bsk-[\w-]{16}|\bAKIA[0-9A-Z]{12}|:\/\/[^\s/:@]{1,200}:[^\s/@]{1,200}@|\b(?:\w*password|passwd|\w*secret|private_key)["']?\s*[:=]|\b\w*(?:token|api[_-]?key|credential)s?["']?\s*[:=]\s*["']?[\w.~+/-]{16}/i;
/** A line of a key; digests and paths have no capitals. */
const ENCODED = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/=_-]{40,}$/;

export function looksSecret(text: string): boolean {
  return SECRET.test(text) || ENCODED.test(text);
}

/** The text without the words that look like secrets; `Bearer` and `password =` take the word after them along. */
export function withoutSecrets(text: string): string {
  const words = text.replaceAll(/-----BEGIN.*?(?:-----END[A-Z ]*-----|$)/g, '').split(' ');
  return words
    .filter(
      (_, i) =>
        ![i, i - 1, i - 2].some((from) => looksSecret(words.slice(Math.max(0, from), i + 1).join(' '))),
    )
    .join(' ');
}

function isBinary(text: string): boolean {
  const strange = text.match(/[\uFFFD\p{Co}\p{Cn}]/gu)?.length ?? 0;
  return strange > text.length / 10;
}

const ROUTINE = new Set(['DEFAULT', 'TRACE', 'DEBUG', 'INFO', 'NOTICE', '10', '20', '30']);

/** The words of a structured line, as pino, Python's loggers and Cloud Logging write them; null if it is none. */
function readJson(raw: string): { text: string; isRoutine: boolean } | null {
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
  const level = first('severity', 'level', 'levelname');
  const severity = typeof level === 'string' || typeof level === 'number' ? String(level).toUpperCase() : '';
  return { text: said.join(': ').slice(0, MOST_CHARACTERS), isRoutine: ROUTINE.has(severity) };
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
