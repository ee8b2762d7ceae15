/**
 * Why a deployment failed: from the operation's error and the tail of the container's log to one of the codes
 * DEPLOY_*, with the words that tell. An ordered list of rules, the first that fits wins: what was certainly the
 * cause comes before what follows from it. A server that ran out of memory also fails its health checks.
 *
 * The wordings are those that Vertex AI, its users' issues, the predictor, Python's frameworks and common model
 * servers print. None is documented as stable, so whatever is not known stays DEPLOY_FAILED with its own words.
 */
import type { ProblemCode, Status } from '../errors.ts';
import { plainText, readLines, withoutSecrets, type LogLine } from './log-lines.ts';
import { listensElsewhere, listensWell, refusesHealthChecks } from './server-signs.ts';

export interface Explanation {
  readonly code: ProblemCode;
  /** The operation's own words, then the telling lines of the log, each in a line of its own. */
  readonly detail: string;
}

const DETAIL_MOST = 1200;
const MESSAGE_MOST = 600;
const LINE_MOST = 300;
const LINE_LEAST = 20;
const LINES_QUOTED = 5;

/** What is judged: the words of the operation without addresses, and the lines without what they only quote. */
interface Evidence {
  readonly status: Status;
  readonly message: string;
  readonly lines: readonly string[];
  /** The container ran, and Vertex waited for it until it gave up. */
  readonly waited: boolean;
}

/** The line that tells, '' where the operation's own words do, or null where the rule does not fit. */
type Rule = (evidence: Evidence) => string | null;

const OUT_OF_MEMORY =
  /\bOOM-?Killed\b|\bout[- ]of[- ]memory\b|OutOfMemory|OUT_OF_MEMORY|\bMemoryError\b|bad_alloc|cannot allocate memory|\bENOMEM\b|more memory than allowed|memory limit (?:was )?exceeded|exceeded (?:its |the )?memory limit/i;
/** As Kubernetes, Docker, Python and Node tell the end by a kill: 128 + 9. */
const KILLED_137 =
  /\b(?:exit(?:ed|code)?|return ?code|code|status)(?:[ _-](?:with|code|status|of|non-zero)){0,4}["']?\s*[:=]?\s*\(?137\b(?![.:]?\d)/i;
const KILLED =
  /^(?:\S+: line \d+:\s+\d+ )?Killed\b|\bSIGKILL\b|\bsignal:? (?:9\b|killed)|exit(?:ed)? (?:with )?code:? -9\b/;
/** The predictor ends itself, and its trial, so. */
const KILLED_BY_ITSELF = /\bmodel lost\b|took longer than \d+ ms/;

const QUOTA =
  /quotas? (?:metrics? )?(?:are |is |was )?exceed|quota\b.{0,120}\bexceeded|exceed\w*.{0,80}\bquota|insufficient.{0,40}\bquota/i;
/** There are machines to be had for no quota at all. */
const NO_CAPACITY =
  /out of capacity|stockout|insufficient (?:resources|capacity)|resources? (?:are|is) (?:insufficient|unavailable)|temporarily unavailable/i;

const NOT_PERMITTED =
  /does not have (?:the )?(?:required )?.{0,160}\b(?:permission|access)|permissions?(?:\(s\))? .{0,120}\bdenied|permission denied|PERMISSION_DENIED|access (?:is )?denied|not found or cannot be accessed|not authorized|unauthorized/i;
/** Of Google's services; a file that may not be opened inside the container is another matter. */
const CALL_NOT_PERMITTED =
  /does not have .{0,60}\bstorage\.\S+ access|Permission '[\w.]+' denied|\bPERMISSION_DENIED\b|\bPermissionDenied: 403\b|exceptions\.Forbidden|\bForbidden: 403\b|\b403 (?:GET|POST|Forbidden).{0,40}googleapis|caller does not have permission|Anonymous caller does not have|AccessDenied(?:Exception)?\b/;

const GOLDEN =
  /answers golden\.jsonl line \d+ differently|cannot answer the rows of golden\.jsonl|golden (?:rows?|answers?|predictions?)\b.{0,80}\b(?:differ|mismatch|do(?:es)? not match)/i;

const BAD_ARTIFACT = new RegExp(
  [
    // The predictor; a handler belongs to the image, unless it misses a file.
    String.raw`\bmodel refused: (?!the handler )`,
    String.raw`\bmodel refused: .*\bin the artifact\b`,
    // Python.
    String.raw`UnpicklingError|invalid load key|EOFError: Ran out of input|Can't get attribute|XGBoostError|LightGBMError`,
    String.raw`PytorchStreamReader|Error\(s\) in loading state_dict|SafetensorError|InvalidProtobuf|INVALID_PROTOBUF|INVALID_GRAPH`,
    String.raw`FileNotFoundError.*(?:model|\.onnx|\.pkl|\.pickle|\.joblib|\.pt\b|\.bst|\.keras|\.h5)`,
    String.raw`(?:failed|unable|error|cannot|could not)(?: to|:)? (?:load|open|read|deserializ)\w*(?: \w+){0,3} (?:model|artifact)`,
    String.raw`error loading (?:the )?model|load model failed|model loading failed`,
    // TensorFlow Serving and Triton.
    String.raw`SavedModel file does not exist|No versions of servable|failed to load all models|failed to load '[^']*' version`,
  ].join('|'),
  'i',
);

const PORT_TAKEN =
  /EADDRINUSE|address (?:is )?already in use|error while attempting to bind|failed to bind|\bConnection in use\b|Can't connect to \('|BindException|Socket '[^']*' already in use|\bbind\b.{0,60}\b(?:permission denied|EACCES)|\bEACCES\b.{0,60}\b0\.0\.0\.0/i;

const HEALTH =
  /(?:did|does) not (?:respond|answer)\b.{0,60}\bhealth|health (?:check|route|probe)s?\b.{0,60}\b(?:fail|timed? out|unhealthy)|failed (?:the |its )?health/i;
const WAITED = /never became ready|health|\btime[d ]?\s?out|\bdeadline\b/i;

const RULES: readonly (readonly [ProblemCode, Rule])[] = [
  ['DEPLOY_OUT_OF_MEMORY', said(OUT_OF_MEMORY)],
  ['DEPLOY_OUT_OF_MEMORY', said(KILLED_137)],
  [
    'DEPLOY_QUOTA',
    ({ status, message }) =>
      QUOTA.test(message) || (status === 'RESOURCE_EXHAUSTED' && !NO_CAPACITY.test(message)) ? '' : null,
  ],
  [
    'DEPLOY_PERMISSION',
    ({ status, message }) =>
      status === 'PERMISSION_DENIED' || status === 'UNAUTHENTICATED' || NOT_PERMITTED.test(message)
        ? ''
        : null,
  ],
  ['DEPLOY_OUT_OF_MEMORY', logged(OUT_OF_MEMORY)],
  ['DEPLOY_OUT_OF_MEMORY', logged(KILLED_137)],
  ['DEPLOY_OUT_OF_MEMORY', killed],
  ['DEPLOY_PERMISSION', logged(CALL_NOT_PERMITTED)],
  ['DEPLOY_GOLDEN_MISMATCH', logged(GOLDEN)],
  ['DEPLOY_BAD_ARTIFACT', logged(BAD_ARTIFACT)],
  ['DEPLOY_PORT', logged(PORT_TAKEN)],
  ['DEPLOY_PORT', ({ lines, waited }) => (waited ? listensElsewhere(lines) : null)],
  ['DEPLOY_HEALTH_ROUTE', ({ lines, waited }) => (waited ? refusesHealthChecks(lines) : null)],
  ['DEPLOY_HEALTH_ROUTE', said(HEALTH)],
  [
    'DEPLOY_HEALTH_ROUTE',
    ({ lines, waited }) => (waited && !lines.some(isTrouble) ? listensWell(lines) : null),
  ],
];

/**
 * Classifies why a deployment failed. `error` is that of the operation, `lines` the end of the container's log,
 * oldest first; both may say anything, at any length. Never throws.
 */
export function explainDeployment(
  error: { readonly status: Status; readonly message: string },
  lines: readonly string[],
): Explanation {
  const message = plainText(error.message.slice(0, 8_000));
  const log = readLines(lines);
  const words = unquoted(message);
  const evidence = {
    status: error.status,
    message: words,
    lines: log.filter((line) => !line.isRoutine || SIGNS.test(line.text)).map(judged),
    waited: error.status === 'DEADLINE_EXCEEDED' || WAITED.test(words),
  };
  for (const [code, rule] of RULES) {
    const found = rule(evidence);
    if (found !== null) return { code, detail: detailOf(error.status, message, log, found) };
  }
  return { code: 'DEPLOY_FAILED', detail: detailOf(error.status, message, log, '') };
}

/** Where a server listens and what it answered is routine, and tells nevertheless. */
const SIGNS = /\b(?:GET|HEAD) \/|listening|running on|started|bind|exporting|address/i;

/** A difference of golden rows quotes values, which may say anything. */
function judged({ text }: LogLine): string {
  return text.replace(/(answers golden\.jsonl line \d+ differently).*/, '$1');
}

/** Addresses, and names of images and models, say nothing of what happened. */
function unquoted(message: string): string {
  return message.replaceAll(/https?:\/\/\S+/g, '').replaceAll(/"[^"]{0,600}"/g, '""');
}

function said(wording: RegExp): Rule {
  return ({ message }) => (wording.test(message) ? '' : null);
}

function logged(wording: RegExp): Rule {
  return ({ lines }) => lines.findLast((line) => wording.test(line)) ?? null;
}

/** By a signal and not by itself. One that never became ready is killed by whoever waited for it. */
function killed({ lines, waited }: Evidence): string | null {
  if (lines.some((line) => KILLED_BY_ITSELF.test(line))) return null;
  const found = lines.findLast((line) => KILLED.test(line)) ?? null;
  return waited && found !== null && found.startsWith('model server ') ? null : found;
}

function detailOf(status: Status, message: string, log: readonly LogLine[], evidence: string): string {
  const words = `${status}: ${withoutSecrets(message)}`;
  const telling = tellingLines(log, evidence);
  if (telling.length === 0) return clip(words, DETAIL_MOST);
  const said = clip(words, MESSAGE_MOST);
  let left = DETAIL_MOST - said.length;
  const quoted = new Map<LogLine, string>();
  for (const line of telling) {
    if (left < LINE_LEAST) break;
    const text = clip(line.text, Math.min(LINE_MOST, left - 1));
    quoted.set(line, text);
    left -= text.length + 1;
  }
  // In the order of the log, and what was said again and again once.
  const inOrder = log.flatMap((line) => quoted.get(line) ?? []);
  return [said, ...new Set(inOrder)].join('\n');
}

/** The evidence, and then the last lines that speak of trouble, or else the last lines: what tells most comes first. */
function tellingLines(log: readonly LogLine[], evidence: string): LogLine[] {
  const fit = log.filter((line) => !line.isSecret);
  const found = evidence === '' ? undefined : fit.findLast((line) => judged(line) === evidence);
  const plain = fit.filter((line) => !line.isRoutine && !line.isContinuation && !isNoise(line.text));
  const trouble = plain.filter((line) => isTrouble(line.text));
  const last = (trouble.length === 0 ? plain : trouble).slice(-LINES_QUOTED).toReversed();
  return found === undefined ? last : [...new Set([found, ...last])].slice(0, LINES_QUOTED);
}

function isTrouble(text: string): boolean {
  return /error|exception|fatal|critical|fail|refused|denied|cannot|could not|can't|killed|exited|ended by|abort|panic|SIG[A-Z]{3}/i.test(
    text,
  );
}

function isNoise(text: string): boolean {
  return /\bDEBUG\b|DeprecationWarning|FutureWarning|\b(?:GET|HEAD) \/\S* HTTP\/[\d.]+"? 2\d\d\b/.test(text);
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1)).toWellFormed()}…`;
}
