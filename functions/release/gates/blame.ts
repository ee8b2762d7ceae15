/**
 * Who a prediction failed by: what the container of a model has said, or Vertex AI itself. Vertex AI passes a
 * container's answer on as the error's message, under a status that depends on the container's own (500 is INTERNAL,
 * 400 and 404 are several, TorchServe's 503 is UNAVAILABLE), and refuses requests of its own under the same ones. So
 * the words are sorted first, and the status decides only where they say nothing. Pure.
 */
import type { Status } from '../../errors.ts';
import { withoutPrefix } from '../diagnosis/google-words.ts';
import { plainText } from '../diagnosis/log-lines.ts';

export interface Blame {
  readonly by: 'container' | 'vertex' | 'nobody';
  /** Why Vertex AI refuses to pass a gate's requests on, and what to do; null where time or nobody mends it. */
  readonly advice: string | null;
}

const THE_GATES = 'the golden and comparison gates';

/** Vertex AI's own refusals that no candidate is to blame for, and what to do about each. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /dedicated (?:endpoint|dns)|dedicated endpoint via CloudESF|\.prediction\.vertexai\.goog/i,
    `this is a dedicated endpoint, and the request did not reach it under its own DNS name: see that the endpoint has one, or leave ${THE_GATES} out`,
  ],
  [
    /private endpoint|inside its network|private service connect|\bPSC\b|VPC (?:peering|network)/i,
    `this is a private endpoint, which answers inside its network alone: leave ${THE_GATES} out, or use a shared endpoint`,
  ],
  [
    /(?:request|payload|message|instances?)\b.{0,60}\b(?:size|too large|larger|exceeds?)\b.{0,80}\b(?:limit|MB|bytes|large|max)|exceeds? .{0,20}\d ?(?:MB|bytes)\b/i,
    'the golden rows are larger than the endpoint takes in a request: lower gates.golden.maxRows',
  ],
  [
    /traffic[_ ]?split|\bendpoint .{0,100}\bnot deployed\b|no (?:deployed ?models?|traffic)\b|has no deployed|(?:deployed ?model|model) .{0,100}\bnot (?:deployed|ready)/i,
    'the endpoint gives no model traffic: see what has changed its split',
  ],
  [
    /endpoint\b.{0,200}\b(?:not found|not exist|doesn't exist)/i,
    'Vertex AI does not know the endpoint: see whether it was deleted, or made in another region',
  ],
  [
    /permission|not authorized|unauthenticated|credentials?\b|has not been used in project|is disabled|organization.{0,3} policy|billing/i,
    "Vertex AI denies the gates' requests: grant the function's service account aiplatform.endpoints.predict",
  ],
  [
    /quota|rate limit|too many requests|per minute/i,
    'the project has no quota left for predictions: ask for more, or ask less of the endpoint',
  ],
];

/** What Google's API says where it has no words for it, and what its proxies say of a connection. */
const STOCK =
  /^(?:internal error encountered|the service is currently unavailable|service unavailable|request contains an invalid argument|deadline e(?:xceeded|xpired)|the operation was (?:cancelled|aborted)|resource (?:has been )?exhausted|an internal error|backend error|unavailable|no healthy upstream|socket (?:hang up|closed)|connection (?:reset|refused|dropped)|name resolution failed|upstream (?:connect|request)|failed to connect|read ECONNRESET|invalid json payload received|received http2 header|received rst_stream|rst_stream|no connection established|list of found errors|(?:the )?requested (?:entity|resource|url)\b|precondition check failed|client specified an invalid|operation is not implemented|(?:api )?method not found|unknown error\.?$)/i;

/** Resources and terms that Vertex AI speaks of in sentences of its own. */
const OF_VERTEX =
  /\bEndpoint \d{3,20}\b|\bprojects\/[^/\s]{1,60}\/locations\/|\bVertex AI\b|aiplatform\.googleapis|\bDeployedModel\b|\bserving (?:infrastructure|backend)\b/;

/** What a container's 4xx or 5xx can arrive as. */
const BY_CONTAINER: ReadonlySet<Status> = new Set([
  'INTERNAL',
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'NOT_FOUND',
  'UNIMPLEMENTED',
]);

/** The predictor could not look the features up, and has not asked the model (docs/features.md). */
const FEATURES = /\bFEATURES_(?:UNAVAILABLE|MISSING|STALE)\b/;
const NO_FEATURES: Blame = {
  by: 'nobody',
  advice:
    'the features of the golden rows cannot be looked up, so the model was not asked: see that the store answers and has their keys',
};

const NOBODY: Blame = { by: 'nobody', advice: null };
const CONTAINER: Blame = { by: 'container', advice: null };

/** Classifies a failed prediction. The message may say anything, at any length. */
export function blameFor(status: Status, message: string): Blame {
  const raw = withoutPrefix(message.slice(0, 8_000).trim());
  if (FEATURES.test(raw)) return NO_FEATURES;
  if (isBody(raw)) return CONTAINER;
  const words = plainText(raw);
  const [, advice] = REFUSALS.find(([wording]) => wording.test(words)) ?? [];
  // A container may speak of files that it may not open; then it says so in the terms of its language.
  if (advice !== undefined && !RAISED.test(words)) return { by: 'vertex', advice };
  if (status === 'PERMISSION_DENIED' || status === 'UNAUTHENTICATED' || status === 'RESOURCE_EXHAUSTED') {
    return { by: 'vertex', advice: null };
  }
  if (RAISED.test(words)) return CONTAINER;
  if (words === '' || STOCK.test(words) || OF_VERTEX.test(words)) return NOBODY;
  return BY_CONTAINER.has(status) ? CONTAINER : NOBODY;
}

const RAISED = /\b[A-Z]\w{0,60}(?:Error|Exception)\b|\bTraceback \(most recent call last\)/;

/** JSON or a page, as servers answer. Google's own errors are neither, or have Google's form. */
function isBody(text: string): boolean {
  if (/^<(?:!doctype|html|h1|title|body)\b/i.test(text))
    return !/Error \d{3} \((?:Bad|Server|Not|Forbidden)[^)]{0,60}\)!!1|google/i.test(text);
  if (!/^[{[]/.test(text)) return false;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Cut short on its way, as long ones are.
    return /^\{\s{0,20}"/.test(text) && !/"status":\s?"[A-Z_]{6,}"/.test(text);
  }
  if (typeof body !== 'object' || body === null) return false;
  const error: unknown = Reflect.get(body, 'error');
  const isGoogles =
    typeof error === 'object' &&
    error !== null &&
    /^[A-Z_]{2,40}$/.test(String(Reflect.get(error, 'status')));
  return !isGoogles;
}
