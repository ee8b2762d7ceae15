/**
 * How Slipway asks a predictor what it would see: the gate `features` and `slipway features` send an ordinary predict
 * request whose `parameters` have the reserved field `slipway`, so that it passes through Vertex AI's predict call. The
 * predictor then looks the instances' features up, runs no model, and answers with one prediction, the report:
 *
 *     {"instances": [{"customer_id": "c-1"}], "parameters": {"slipway": {"report": "features", "at": 1795…, "signature": "…"}}}
 *     {"predictions": [{"features": ["customer.orders_30d"], "rows": [{"values": [3], "agesMs": [120000], "from": "s"}]}]}
 *
 * Stored features are nobody's business who may only ask for predictions. Each request is signed (Ed25519) over its
 * instances and the time; the ledger has the private key and the predictor the public one (SLIPWAY_REPORT_KEY, base64 of
 * 32 bytes). A predictor without a key, with a wrong signature, or with one older than five minutes answers 400, as it
 * does to any parameter that it does not know. What is sent again within that time gets the same rows and no others.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { isRecord, property, type Value } from './values.ts';

/** The reserved field of `parameters`. */
export const REPORT_PARAMETER = 'slipway';
export const REPORT_KEY_VARIABLE = 'SLIPWAY_REPORT_KEY';
export const REPORT_INSTANCES_MAX = 500;
/** Values in one report: rows times features. */
export const REPORT_VALUES_MAX = 20_000;
/** Texts in a report are cut to so many characters. */
export const REPORT_TEXT_MAX = 100;
const VALID_MS = 300_000;

/**
 * Where a value would come from, one letter each: the store, the store although older than maxAge, the request (override
 * or context), the default since the store has none, the default since it is too old, or nothing: such a row is refused.
 */
export const ORIGINS = {
  s: 'store',
  o: 'store, too old',
  r: 'request',
  d: 'default, missing',
  a: 'default, too old',
  n: 'nothing',
} as const;

export type Origin = keyof typeof ORIGINS;

export interface ReportRow {
  /** What the model would be given for each feature, in their order. Lists are null. */
  readonly values: readonly Value[];
  /** Of the stored value in ms; null: it has none. */
  readonly agesMs: readonly (number | null)[];
  /** An Origin for each feature. */
  readonly from: string;
}

export interface FeatureReport {
  /** `view.feature`, each once, in the order of features.json; fields of the request are not among them. */
  readonly features: readonly string[];
  /** One an instance, in their order. */
  readonly rows: readonly ReportRow[];
}

/** The `parameters` of a request for a report. `seed`: the private key, 32 bytes in hex. `at`: ms since 1970. */
export function reportParameters(seed: string, instances: readonly unknown[], at: number): object {
  const signature = sign(null, Buffer.from(signedText(instances, at)), privateKey(seed)).toString('base64');
  return { [REPORT_PARAMETER]: { report: 'features', at, signature } };
}

/** The public key of a private one, as SLIPWAY_REPORT_KEY has it. */
export function reportKey(seed: string): string {
  const der = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' });
  return der.subarray(-32).toString('base64');
}

/** Whether the value of `parameters.slipway` is a request for a report of these instances, signed just now. */
export function isReportRequest(
  value: unknown,
  instances: readonly unknown[],
  key: string,
  now: number,
): boolean {
  const at = property(value, 'at');
  const signature = property(value, 'signature');
  if (property(value, 'report') !== 'features' || typeof at !== 'number' || typeof signature !== 'string')
    return false;
  if (Math.abs(now - at) > VALID_MS || instances.length > REPORT_INSTANCES_MAX) return false;
  return verify(
    null,
    Buffer.from(signedText(instances, at)),
    publicKey(key),
    Buffer.from(signature, 'base64'),
  );
}

/** The report in a prediction, or null where it is none. */
export function readReport(prediction: unknown): FeatureReport | null {
  const features = property(prediction, 'features');
  const rows = property(prediction, 'rows');
  if (!Array.isArray(features) || !Array.isArray(rows)) return null;
  if (!features.every((name) => typeof name === 'string')) return null;
  const width = features.length;
  return rows.every((row): row is ReportRow => isRow(row, width)) ? { features, rows } : null;
}

function isRow(row: unknown, width: number): row is ReportRow {
  const values = property(row, 'values');
  const ages = property(row, 'agesMs');
  const from = property(row, 'from');
  return (
    Array.isArray(values) &&
    values.length === width &&
    values.every((value) => value === null || ['number', 'string', 'boolean'].includes(typeof value)) &&
    Array.isArray(ages) &&
    ages.length === width &&
    ages.every((age) => age === null || typeof age === 'number') &&
    typeof from === 'string' &&
    from.length === width &&
    from.split('').every((origin) => Object.hasOwn(ORIGINS, origin))
  );
}

/** Vertex AI reads JSON and writes it again: numbers keep their value, and fields any order. */
function signedText(instances: readonly unknown[], at: number): string {
  const digest = createHash('sha256').update(canonical(instances)).digest('hex');
  return `slipway-features ${at} ${digest}`;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

// RFC 8410: what comes before the 32 bytes of a key in DER.
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

function privateKey(seed: string): ReturnType<typeof createPrivateKey> {
  const key = Buffer.concat([PKCS8, Buffer.from(seed, 'hex')]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function publicKey(key: string): ReturnType<typeof createPublicKey> {
  return createPublicKey({
    key: Buffer.concat([SPKI, Buffer.from(key, 'base64')]),
    format: 'der',
    type: 'spki',
  });
}
