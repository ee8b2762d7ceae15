/**
 * What Google means by its own words, of an operation that failed and of a call that it refused alike. None of the
 * wordings is documented as stable. They are those of Google's protos and client libraries, of its documentation,
 * and of what users have quoted in public issues; the tests name the source of each. Pure.
 */
import type { Status } from '../../errors.ts';

/**
 * - `memory`: a container was ended for what it took;
 * - `rate`: calls come too fast;
 * - `capacity`: Google has no machines to give;
 * - `provisioning`: Google is making a service agent;
 * - `quota`: the project may not have more machines;
 * - `permission`: something may not be used, or is hidden since it may not be;
 * - `image`, `artifact`: it is not there, or not what it has to be;
 * - `health`: the container answered, and not well;
 * - `concurrent`: another change is being made;
 * - `internal`: an error of Google's own;
 * - `unknown`: none of these.
 */
export type Meaning =
  | 'memory'
  | 'rate'
  | 'capacity'
  | 'provisioning'
  | 'quota'
  | 'permission'
  | 'image'
  | 'artifact'
  | 'health'
  | 'concurrent'
  | 'internal'
  | 'unknown';

export const MEMORY = new RegExp(
  [
    String.raw`\bOOM-?Kill(?:ed)?\b|\bout[- ]of[- ](?:host |device |shared )?memory\b|OutOfMemory|OUT_OF_MEMORY|\b\w{0,20}MemoryError\b|bad_alloc`,
    String.raw`cannot allocate memory|can't allocate memory|\bENOMEM\b|more memory than allowed|(?:memory limit (?:was )?|exceeded (?:its |the )?memory )(?:exceeded|limit)`,
  ].join('|'),
  'i',
);
/** As Kubernetes, Docker, Python and Node tell the end by a kill: 128 + 9. */
export const KILLED_137 =
  /\b(?:exit(?:ed|code)?|return ?code|code|status)(?:[ _-](?:with|code|status|of|non-zero)){0,4}["']?\s?[:=]?\s?\(?137\b(?![.:]?\d)/i;

const RATE =
  /\bper[ _-]?(?:second|minute|hour|day|100 ?seconds|user)\b|per(?:second|minute|hour|day)per|\brate[ _-]?limit|too many requests|rateLimitExceeded|within the quota/i;

/** Google's and Compute Engine's words for machines that are not to be had, whatever the quota. */
const CAPACITY =
  /out of (?:capacity|stock)|\bstock-?out|n(?:o|')t (?:currently )?have (?:sufficient|enough) (?:capacity|resources|machines)|experiencing high demand|(?:insufficient|not enough|no|lack of)(?: \w{1,20})? (?:resources|capacity)|resources? (?:are|is) (?:currently )?(?:insufficient|unavailable|not available)|RESOURCE_POOL_EXHAUSTED|(?:machine|accelerator|gpu|tpu)(?: type)?s?\b.{0,60}\b(?:un|not )available|no (?:available )?capacity|capacity (?:is )?(?:not available|unavailable|exhausted)|resource pool (?:is )?exhausted|(?:zone|region) .{0,80}\bdoes(?: not|n't) have enough/i;

const PROVISIONING =
  /service agents? (?:are|is)(?: still)? being (?:provisioned|created|set up)|service agent.{0,200}\b(?:does not exist|doesn't exist|not (?:yet )?(?:been )?(?:created|provisioned|found|ready))|(?:provisioning|creating) (?:the )?(?:service agent|P4SA)|P4SA.{0,100}\b(?:does not exist|not found)/i;

const QUOTA =
  /quotas? (?:metrics? )?(?:are |is |was |has been )?exceed|quota\b.{0,120}\bexceeded|\bexceed\w{0,20}\b.{0,80}\bquota|insufficient.{0,40}\bquota|\bquota_?exceeded|not enough.{0,40}\bquota|quota (?:limit )?(?:reached|exhausted)|limit .{0,60}\bper (?:project|region|endpoint)\b|DeployedModels already/i;

const PERMISSION = new RegExp(
  [
    String.raw`(?:does not|doesn't|do not|don't) have (?:the )?(?:required )?.{0,160}\b(?:permission|access)|permissions?(?:\(s\))? .{0,120}\bdenied`,
    String.raw`permission[ _]denied|access (?:is |was )?denied|not found or cannot be accessed|not authorized|unauthorized|unauthenticated|\bforbidden\b`,
    String.raw`(?:lacks|lacking|is missing|missing|requires?|required) .{0,120}\b(?:permission|IAM role)|prohibited by organization|organization'?s? policy|constraints/\w`,
    String.raw`(?:make sure|ensure).{0,160}\b(?:has|have|grant\w{0,3}) .{0,80}\b(?:access|permissions?|roles?)\b`,
    String.raw`service account .{0,160}\b(?:does not exist|not found|is disabled)|act as service.?account|serviceAccounts\.actAs`,
    String.raw`has not been used in project|API .{0,80}\b(?:is disabled|is not enabled|not been enabled)|billing .{0,40}\b(?:disabled|not enabled|required)|SERVICE_DISABLED`,
    String.raw`(?:CryptoKey|KMS key|encryption key)\b.{0,200}\b(?:cannot be used|not usable|not enabled|disabled|destroyed|revoked)`,
  ].join('|'),
  'i',
);

const IMAGE =
  /manifest (?:unknown|.{0,120}\bnot found)|(?:image|repository|tag|digest)\b.{0,300}\b(?:not found|(?:does not|doesn't) exist|unknown|invalid|is not supported)|(?:failed|unable|could not|cannot)(?: to)? (?:pull|fetch|import|ingest|resolve).{0,40}\bimage|Err(?:Image|ImageNever)Pull|ImagePull(?:BackOff|Error)|InvalidImageName|exec format error/i;

const ARTIFACT =
  /is expected to contain|(?:model|artifact)s? (?:file|directory|folder|uri|path)?s?\b.{0,200}\b(?:is empty|not found|(?:does not|doesn't) (?:exist|contain)|is invalid|is not valid)|no (?:model|files?|objects?) .{0,40}\bfound|bad model detected|(?:failed|unable|could not|cannot)(?: to)? (?:load|read|open|copy|import)(?: \w{1,20}){0,3} (?:model|artifact)|(?:bucket|folder|directory|object)\b.{0,200}\b(?:not found|(?:does not|doesn't) exist)/i;

const HEALTH =
  /(?:did|does) not (?:respond|answer)\b.{0,60}\bhealth|health (?:check|route|probe)s?\b.{0,60}\b(?:fail|timed? out|unhealthy)|failed (?:the |its )?health/i;

const CONCURRENT =
  /\betag\b|concurrent|another (?:operation|deployment|update|request)|\bother (?:operations|deployments|updates|mutations)\b|(?:operation|deployment|update|mutation) .{0,60}\b(?:in progress|is running|ongoing|pending)|being (?:deployed|undeployed|updated|modified|mutated)\b|conflict|has (?:been )?(?:changed|modified)|try again once/i;

const INTERNAL = /\binternal (?:server )?error/i;

const WORDS: readonly (readonly [Meaning, RegExp])[] = [
  ['memory', MEMORY],
  ['memory', KILLED_137],
  ['rate', RATE],
  ['capacity', CAPACITY],
  ['provisioning', PROVISIONING],
  ['quota', QUOTA],
  ['permission', PERMISSION],
  ['image', IMAGE],
  ['artifact', ARTIFACT],
  ['health', HEALTH],
  ['concurrent', CONCURRENT],
];

const BY_STATUS: Partial<Record<Status, Meaning>> = {
  PERMISSION_DENIED: 'permission',
  UNAUTHENTICATED: 'permission',
  RESOURCE_EXHAUSTED: 'quota',
  ABORTED: 'concurrent',
  INTERNAL: 'internal',
  UNAVAILABLE: 'internal',
  UNKNOWN: 'internal',
  DATA_LOSS: 'internal',
};

/** The words decide; the status does where they say nothing that is known. */
export function meaningOf(status: Status, message: string): Meaning {
  const words = unquoted(message);
  const found = WORDS.find(([, wording]) => wording.test(words));
  if (found !== undefined) return found[0];
  // What a server ended with is not what a status such as RESOURCE_EXHAUSTED says of a project.
  const isOfServer = /\bmodel server\b/i.test(words) && BY_STATUS[status] !== 'internal';
  return isOfServer ? 'unknown' : (BY_STATUS[status] ?? 'unknown');
}

/** Whether the words speak of an internal error, whosever it is. */
export function saysInternal(message: string): boolean {
  return INTERNAL.test(message);
}

/** Without the number and name of the status that clients put before the words of the server. */
export function withoutPrefix(message: string): string {
  return message.replace(/^(?:\d{1,3} [A-Z_]{2,30}: |HTTP \d{3}: |\d{3} )/, '');
}

/** Addresses, and names of images and models, say nothing of what happened. */
export function unquoted(message: string): string {
  return message.replaceAll(/https?:\/\/\S+/g, '').replaceAll(/"[^"]{0,600}"/g, '""');
}
