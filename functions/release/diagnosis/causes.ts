/**
 * Why a deployment failed: from the operation's error and the tail of the container's log to one of the codes
 * DEPLOY_*, with the words that tell. What Google says of itself comes first: no machines, no quota, no permission.
 * Where it says no more than that the container ended, the log is read in two steps: which lines are what the
 * process ended with, from the last one back, and then what the first of them says that is known to be a cause.
 *
 * None of the wordings is documented as stable, so whatever is not known stays DEPLOY_FAILED with its own words.
 */
import type { Status } from '../../errors.ts';
import type { ProblemCode } from '../../problems.ts';
import { meaningOf, saysInternal, unquoted, withoutPrefix, type Meaning } from './google-words.ts';
import { plainText, readLines, type LogLine } from './log-lines.ts';
import type { Patience } from '../refusals/refusal.ts';
import { withoutSecrets } from './secrets.ts';
import {
  isProgress,
  listensElsewhere,
  listensWell,
  refusesHealthChecks,
  SERVER_PORT,
  SIGNS,
} from './server-signs.ts';
import { causeIn } from './server-words.ts';

export interface Explanation {
  readonly code: ProblemCode;
  /** The operation's own words, then the telling lines of the log, each in a line of its own; 1,200 characters. */
  readonly detail: string;
  /** How long the same deployment is worth repeating. `none`: the model server would end as it has ended. */
  readonly patience: Patience;
}

const DETAIL_MAX = 1200;
const MESSAGE_MAX = 600;
const LINE_MAX = 300;
const LINE_LEAST = 20;
const LINES_QUOTED = 5;

/** What Google says of itself, whatever a container has logged. */
const OF_GOOGLE: Partial<Record<Meaning, readonly [ProblemCode, Patience]>> = {
  memory: ['DEPLOY_OUT_OF_MEMORY', 'none'],
  rate: ['RATE_LIMITED', 'deadline'],
  capacity: ['DEPLOY_CAPACITY', 'deadline'],
  provisioning: ['DEPLOY_PERMISSION', 'provisioning'],
  quota: ['DEPLOY_QUOTA', 'minutes'],
  permission: ['DEPLOY_PERMISSION', 'minutes'],
  image: ['DEPLOY_IMAGE', 'minutes'],
  artifact: ['DEPLOY_BAD_ARTIFACT', 'minutes'],
};

/** The class of Google's own words on a deployment; null where they give no cause. */
export function causeOfWords(
  status: Status,
  message: string,
): { code: ProblemCode; patience: Patience } | null {
  const [code, patience] = OF_GOOGLE[meaningOf(status, message)] ?? [];
  return code === undefined || patience === undefined ? null : { code, patience };
}

interface Found {
  readonly code: ProblemCode;
  /** The line that tells, or null where the operation's own words do. */
  readonly line: LogLine | null;
}

/**
 * Classifies why a deployment failed. `error` is that of the operation; `lines` the end of the container's log,
 * oldest first, or null where it could not be read; both may say anything, at any length. `port` is what the service
 * is given. Never throws.
 */
export function explainDeployment(
  error: { readonly status: Status; readonly message: string },
  lines: readonly string[] | null,
  port = SERVER_PORT,
): Explanation {
  const { status } = error;
  const message = withoutPrefix(plainText(error.message.slice(0, 8_000)));
  const log = readLines(lines ?? []);
  const said = causeOfWords(status, message);
  if (said !== null) return { ...said, detail: detailOf(status, message, log, null, []) };

  const found = inLog(status, message, log, port) ?? { code: ofItself(status, message), line: null };
  const notes = [
    ...(found.code === 'DEPLOY_PORT' ? [`The service is given port ${port}, on all addresses.`] : []),
    ...(log.length === 0 && /model server|container/i.test(message) ? [silence(lines)] : []),
  ];
  const detail = detailOf(status, message, log, found.line, notes);
  return { code: found.code, detail, patience: patienceOf(found.code, status, message) };
}

function silence(lines: readonly string[] | null): string {
  return lines === null
    ? 'The log of its container could not be read.'
    : 'Cloud Logging has no line of its container.';
}

function ofItself(status: Status, message: string): ProblemCode {
  const meaning = meaningOf(status, message);
  if (meaning === 'health') return 'DEPLOY_HEALTH_ROUTE';
  return meaning === 'internal' ? 'DEPLOY_INTERNAL' : 'DEPLOY_FAILED';
}

/** A container ends again as it has ended; what only Google can have caused passes. */
function patienceOf(code: ProblemCode, status: Status, message: string): Patience {
  if (code === 'DEPLOY_INTERNAL') return 'deadline';
  if (code === 'DEPLOY_PERMISSION') return 'minutes';
  if (code !== 'DEPLOY_FAILED') return 'none';
  // Whose error it is is not said: it may be the container's.
  const isCrowded = meaningOf(status, message) === 'concurrent' && !/model server|container/i.test(message);
  const mayPass =
    isCrowded || saysInternal(message) || status === 'ABORTED' || status === 'DEADLINE_EXCEEDED';
  return mayPass || status === 'CANCELLED' ? 'deadline' : 'none';
}

function inLog(status: Status, message: string, log: readonly LogLine[], port: number): Found | null {
  const waited = status === 'DEADLINE_EXCEEDED' || WAITED.test(unquoted(message));
  const last = fatalLines(log, waited);
  const texts = log.filter((line) => line.level !== 'routine' || SIGNS.test(line.text));
  // What happened before the server came up, it has survived.
  const up = waited
    ? texts.findLast((line) => listensWell([line.text], port) ?? listensElsewhere([line.text], port))
    : undefined;
  const upAt = up === undefined ? -1 : log.indexOf(up);
  const after = last.filter((line) => log.indexOf(line) > upAt);
  const before = last.filter((line) => log.indexOf(line) < upAt);
  return (
    causeAmong(after) ??
    (waited ? sign('DEPLOY_PORT', texts, (t) => listensElsewhere(t, port)) : null) ??
    (waited ? sign('DEPLOY_HEALTH_ROUTE', texts, refusesHealthChecks) : null) ??
    causeAmong(before) ??
    (waited && !log.some(isGrave) ? quiet(texts, log, port) : null)
  );
}

const WAITED = /never became ready|health|\btime[d ]?\s?out|\bdeadline\b/i;

/** A server that listens where it should and is never ready, or one that was still at work when the time was over. */
function quiet(texts: readonly LogLine[], log: readonly LogLine[], port: number): Found | null {
  const listening = sign('DEPLOY_HEALTH_ROUTE', texts, (t) => listensWell(t, port));
  if (listening !== null) return listening;
  const last = log.findLast((line) => !line.isContinuation);
  return last !== undefined && isProgress(last.text) ? { code: 'DEPLOY_STARTUP_TIME', line: last } : null;
}

function sign(
  code: ProblemCode,
  lines: readonly LogLine[],
  tell: (texts: readonly string[]) => string | null,
): Found | null {
  const told = tell(lines.map(({ text }) => text));
  if (told === null) return null;
  return { code, line: lines.findLast(({ text }) => text === told) ?? null };
}

function causeAmong(lines: readonly LogLine[]): Found | null {
  for (const force of ['strong', 'weak'] as const) {
    for (const line of lines) {
      const code = causeIn(line.text, force);
      if (code !== null) return { code, line };
    }
  }
  return null;
}

/**
 * The lines that a process can have ended with, the last one first. Not what is said in passing, a warning, a step
 * that is tried again, or a kill by the program that waited for the process.
 */
function fatalLines(log: readonly LogLine[], waited: boolean): LogLine[] {
  const lost = log.some((line) => /\bmodel lost\b/.test(line.text));
  const timedOut = new Set(log.flatMap(({ text }) => TIMED_OUT.exec(text)?.[1] ?? []));
  return log.filter((line) => isFatal(line) && !isKillOfAnother(line.text)).toReversed();

  function isKillOfAnother(text: string): boolean {
    if (text.startsWith('model server ended by SIGKILL')) return waited || lost;
    // gunicorn's sentence follows every timeout of a worker, whatever that took.
    const worker = SENT_KILL.exec(text)?.[1];
    return worker !== undefined && timedOut.has(worker);
  }
}

const TIMED_OUT = /\bWORKER TIMEOUT \(pid:\s?(\d{1,9})\)/;
const SENT_KILL = /\bWorker \(pid:\s?(\d{1,9})\) was sent SIG(?:KILL|ABRT)/;
const RAISED = /\b[\w.]{0,80}(?:Error|Exception)\b(?::|$)/;
const TRIED_AGAIN =
  /\b(?:retry\w{0,3}|trying again|falling back|fall back|ignor(?:ed|ing)|skipp(?:ed|ing)|continuing|will use .{0,40}instead)\b/i;

function isFatal(line: LogLine): boolean {
  const { text, level } = line;
  if (level === 'fatal' || level === 'error') return !TRIED_AGAIN.test(text);
  // TorchServe repeats what its workers say as information, with the exception in it.
  if (level === 'routine' || level === 'warning') return RAISED.test(text) && !TRIED_AGAIN.test(text);
  // The source that a traceback shows speaks of what it does, not of what happened.
  return !line.isContinuation && !TRIED_AGAIN.test(text);
}

function isGrave(line: LogLine): boolean {
  return (
    (line.level !== 'routine' && isTrouble(line.text)) || line.level === 'fatal' || line.level === 'error'
  );
}

/** Google's words, the line that tells and what else speaks of trouble, and what has to be known beside them. */
function detailOf(
  status: Status,
  message: string,
  log: readonly LogLine[],
  evidence: LogLine | null,
  notes: readonly string[],
): string {
  const words = `${status}: ${withoutSecrets(message)}`;
  const room = DETAIL_MAX - notes.join('\n').length - notes.length;
  const telling = tellingLines(log, evidence);
  const said = clip(words, telling.length === 0 ? room : MESSAGE_MAX);
  let left = room - said.length;
  const quoted = new Map<LogLine, string>();
  for (const line of telling) {
    if (left < LINE_LEAST) break;
    const text = clip(line.shown, Math.min(LINE_MAX, left - 1));
    quoted.set(line, text);
    left -= text.length + 1;
  }
  // In the order of the log, and what was said again and again once.
  const inOrder = log.flatMap((line) => quoted.get(line) ?? []);
  return [said, ...new Set(inOrder), ...notes].join('\n');
}

/** The evidence, and then the last lines that speak of trouble, or else the last lines: what tells most comes first. */
function tellingLines(log: readonly LogLine[], evidence: LogLine | null): LogLine[] {
  const fit = log.filter((line) => line.shown !== '');
  const plain = fit.filter((line) => line.level !== 'routine' && !line.isContinuation && !isNoise(line.text));
  const trouble = plain.filter((line) => isTrouble(line.text));
  const last = (trouble.length === 0 ? plain : trouble).slice(-LINES_QUOTED).toReversed();
  return evidence === null || evidence.shown === ''
    ? last
    : [...new Set([evidence, ...last])].slice(0, LINES_QUOTED);
}

function isTrouble(text: string): boolean {
  return /error|exception|fatal|critical|fail|refused|denied|cannot|could not|can't|killed|exited|ended by|abort|panic|SIG[A-Z]{3}/i.test(
    text,
  );
}

function isNoise(text: string): boolean {
  return /\bDEBUG\b|DeprecationWarning|FutureWarning|\b(?:GET|HEAD) \/\S{0,400} HTTP\/[\d.]{1,5}"? 2\d\d\b|^Traceback \(most recent/.test(
    text,
  );
}

/** At most so many characters, and no half of one. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1)).toWellFormed()}…`;
}
