/**
 * Takes secrets out of text that others have written, before it reaches an event, a ledger or a log. What goes is
 * what a name introduces (`DB_PASS=…`, `--token …`, `Cookie: …`), what has the form of a known key (`ghp_…`, a JWT,
 * a signed URL), and a long word that reads as chance. Digests, paths, names and versions stay. Pure.
 *
 * Every pattern is anchored at the start of a word, and every repetition in it is bounded or followed by what it
 * cannot match itself: the time is linear in the length of the text.
 */
const MASK = '[secret]';

/** The text with each secret replaced by `[secret]`. Doing so twice changes nothing more. */
export function withoutSecrets(text: string): string {
  let plain = text.replaceAll(KEY_BLOCK, MASK);
  for (const [form, replacement] of FORMS) plain = plain.replaceAll(form, replacement);
  plain = plain.replaceAll(SCHEME, (whole, scheme: string, value: string) =>
    isCredential(scheme, value) ? `${scheme} ${MASK}` : whole,
  );
  return withoutNamed(plain).replaceAll(RUN, (run) => (isChance(run) ? MASK : run));
}

const KEY_BLOCK = /-----BEGIN[^]*?(?:-----END[^\n-]{0,60}-----|$)/g;

/** Keys that tell by their first letters, as their makers document them for scanners of leaked keys. */
const PREFIXES = [
  String.raw`ya29\.`,
  'AIza',
  'GOCSPX-',
  'GOOG1[A-Z0-9]',
  String.raw`1\/\/0`,
  String.raw`4\/0A`,
  String.raw`eyJ[\w-]{6,4000}\.`,
  'gh[pousr]_',
  'github_pat_',
  'gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct)-',
  'api_org_',
  '[srp]k_(?:live|test)_',
  'whsec_',
  'xox[a-z]-',
  'xapp-',
  String.raw`SG\.(?=[\w-]{8})`,
  '(?:AKIA|ASIA|AGPA|AIDA|AROA)(?=[A-Z0-9]{8})',
  'dop_v1_',
  'dckr_pat_',
  'nvapi-',
  String.raw`hv[sbr]\.(?=[\w-]{8})`,
  'shp[a-z]{2}_',
  'tskey-',
  'lin_api_',
  'ATATT',
  'PMAK-',
  'dapi(?=[0-9a-f]{8})',
  'AGE-SECRET-KEY-',
  // Beginnings of ordinary words, such as hf_transfer and sk-learn.
  '(?:hf|npm|r8|gsk)_(?=[A-Za-z0-9]{10})',
  String.raw`(?:sk|pypi)-(?=[\w-]{16})`,
];

const FORMS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(String.raw`(?<![A-Za-z0-9])(?:${PREFIXES.join('|')})[\w.~+/=-]{4,4000}`, 'g'), MASK],
  // A header to its end: a cookie has several parts.
  [/\b((?:set-)?cookie["']?\s{0,3}:\s{0,3})(?=\S)(?!\[secret\]$)[^\n]{1,4000}/gi, `$1${MASK}`],
  [
    /\b((?:proxy-)?authorization["']?\s{0,3}[:=]\s{0,3}["']?)(?=\S)(?!(?:[A-Za-z-]{1,20} )?\[secret\])((?:[A-Za-z-]{1,20} (?=\S))?)[^\s"',;]{1,4000}/gi,
    `$1$2${MASK}`,
  ],
  // Whom to be in a URL; a password may hold a slash only where nothing else can be meant.
  [/:\/\/:[^\s@]{1,300}@/g, `://${MASK}@`],
  [/:\/\/[^\s/@]{1,300}@/g, `://${MASK}@`],
  [/(hooks\.slack\.com\/services\/|discord(?:app)?\.com\/api\/webhooks\/)[^\s"']{1,200}/g, `$1${MASK}`],
  [
    /([?&](?:X-(?:Goog|Amz)-(?:Signature|Credential|Security-Token)|GoogleAccessId|Signature|AWSAccessKeyId|sig|key|token|code)=)[^&\s"']{1,4000}/gi,
    `$1${MASK}`,
  ],
  [/\b(X-(?:Goog|Amz)-(?:Signature|Credential|Security-Token)["']?[=:]\s?)[^&\s"']{1,4000}/gi, `$1${MASK}`],
  [/(<\w{0,40}(?:password|passwd|secret|token|apikey)>)[^<\n]{1,400}(?=<)/gi, `$1${MASK}`],
  // An option and its value in two words.
  [
    /((?<![\w-])--?[\w-]{0,40}?(?:password|passwd|passphrase|pwd|pass|secret|token|api-?key|access-?key|private-?key|secret-?key|credentials?)[ ]{1,3})(?![-=[])(?:"[^"\n]{1,400}"|'[^'\n]{1,400}'|\S{1,4000})/gi,
    `$1${MASK}`,
  ],
];

const SCHEME = /(?<![A-Za-z0-9])(Bearer|Basic|Digest|Negotiate)\s{1,3}([^\s"',;]{1,4000})/gi;
/** What is said of a scheme, not by it. */
const ABOUT =
  /^(?:auth\w*|tokens?|realm\b.*|scheme|header|credentials?|is|was|error\w*|access|\[secret\])[.:)]?$/i;

function isCredential(scheme: string, value: string): boolean {
  if (ABOUT.test(value)) return false;
  if (/^bearer$/i.test(scheme)) return true;
  return /[\d=]/.test(value) || /[a-z][A-Z]/.test(value) || Buffer.from(value, 'base64').includes(':');
}

/** `name=value` and `"name": "value"`, from the start of a word. */
const NAMED = /(?<![\w.$-])[$-]{0,2}([\w.-]{1,200})\\{0,2}["']?\s{0,3}(?::=|=>|[=:])\s{0,3}/g;
const VALUE = /\\{0,2}"[^"\n]{0,1000}"|'[^'\n]{0,1000}'|[^\s;,&"')}\]>]{1,4000}/y;

/** A value of any form is secret under such a name. */
const SECRET_NAME =
  /(?:pass(?:word|wd|phrase)s?|pwd|(?:^|[_.-])pass|secret(?:s|[_-]?key)?|(?:api|access|account|private|signing|encryption|master|shared|sharedaccess|storage)[_-]?key|credentials?|connection[_-]?string|(?:^|[_-])pin|(?:^|[_-])dsn|webhook[_-]?url|license[_-]?key|secret[_-]?\w{1,20}key(?:[_-]\w{1,20})?|key[_-]?base)$/i;
const SECRET_VARIABLE = /^(?:[A-Z0-9_]{1,60}_(?:KEY|TOKEN|AUTH|PAT|SALT)|TOKEN)$/;
/** Only a value that looks like one is: `eos_token: 2` and `signature: serving_default` are not. */
const MAYBE_SECRET_NAME =
  /(?:token|signature|(?:^|[_-])sig|hmac|(?:^|[_-])auth|session(?:[_-]?id)?|(?:^|[_-])sid|(?:^|[_-])otp|nonce|jwt|bearer|(?:^|[_-])key|cookie)$/i;

function withoutNamed(text: string): string {
  let plain = '';
  let from = 0;
  NAMED.lastIndex = 0;
  for (let found = NAMED.exec(text); found !== null; found = NAMED.exec(text)) {
    const [, name = ''] = found;
    const isKnown = SECRET_NAME.test(name) || SECRET_VARIABLE.test(name);
    if (!isKnown && !MAYBE_SECRET_NAME.test(name)) continue;
    VALUE.lastIndex = NAMED.lastIndex;
    const value = VALUE.exec(text)?.[0] ?? '';
    if (!(isKnown ? isSaid(value) : looksSecret(value))) continue;
    plain += text.slice(from, NAMED.lastIndex) + MASK;
    from = NAMED.lastIndex += value.length;
  }
  return plain + text.slice(from);
}

function isSaid(value: string): boolean {
  const bare = bareOf(value);
  return bare !== '' && !bare.startsWith('[') && !/^(?:null|none|true|false|undefined)$/i.test(bare);
}

function looksSecret(value: string): boolean {
  const bare = bareOf(value);
  if (!isSaid(value) || /^[<{(]/.test(bare) || /^[\d.]+$/.test(bare)) return false;
  return (
    (bare.length >= 6 && /\d/.test(bare) && /[A-Za-z]/.test(bare)) ||
    (bare.length >= 16 && !/^[a-z_]+$/.test(bare))
  );
}

function bareOf(value: string): string {
  return value.replaceAll(/["'\\]/g, '');
}

/** Letters and digits in one, as base64 and its like are. */
const RUN = /(?<![\w+/-])[\w+/-]{24,}={0,2}/g;
const LONG = 40;

/**
 * Words change from one kind of letter to another at their beginnings, chance at every second letter. Digests and
 * most paths have no capitals at all.
 */
function isChance(run: string): boolean {
  if (!(/\d/.test(run) && /[a-z]/.test(run) && /[A-Z]/.test(run)) || run.startsWith('_Z')) return false;
  const isLong = run.length >= LONG;
  const marks = run.match(/[/_-]/g)?.length ?? 0;
  if (marks > run.length / 10) return false;
  const words = run.match(/[A-Z]*[a-z]+|[A-Z]+|\d+/g) ?? [];
  const mean = (run.length - marks) / words.length;
  return mean < (isLong ? 3.3 : 2.7) || (isLong && words.some((word) => word.length > 24));
}
