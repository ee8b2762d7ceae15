/**
 * What a project asks of everything that Slipway makes on Vertex AI, from the environment: SLIPWAY_KMS_KEY, the resource
 * name of a Cloud KMS key (models and endpoints are encrypted with it), and SLIPWAY_LABELS, a JSON object of labels.
 * Empty is absent.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PROJECT } from './pattern.ts';
import { LABELS } from '../release/ids.ts';

/** https://cloud.google.com/kms/docs/resource-hierarchy; rings and keys: letters, digits, `_` and `-`, 63 at most. */
const KEY = new RegExp(
  `^projects/${PROJECT.slice(1, -1)}/locations/([a-z0-9-]{1,63})/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63}$`,
);

export function parseKmsKey(
  text: string | undefined,
  region: string | null,
  problems: string[],
): string | null {
  if (text === undefined || text === '') return null;
  const location = KEY.exec(text)?.at(-1);
  if (location === undefined) {
    problems.push(
      `SLIPWAY_KMS_KEY: expected projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY, got ${JSON.stringify(text.slice(0, 200))}`,
    );
  } else if (region !== null && location !== region) {
    // encryption_spec.proto: "in the same region as where the compute resource is created".
    problems.push(`SLIPWAY_KMS_KEY: expected a key in the region ${region}, got one in ${location}`);
  }
  return text;
}

/** A resource has 64 labels at most; some are left for Slipway's own, and for those of others. */
const LABELS_MAX = 32;
const OWN = new Set<string>(Object.values(LABELS));
const object = Compile(Type.Record(Type.String(), Type.Unknown()));
// model.proto, Model.labels: lower-case letters, digits, `_` and `-`, international characters too.
const NAME = /^\p{Ll}[\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

export function parseLabels(text: string | undefined, problems: string[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  if (text === undefined || text === '') return labels;
  const value = parseJson(text);
  if (!object.Check(value) || Array.isArray(value)) {
    problems.push('SLIPWAY_LABELS: expected a JSON object of labels, such as {"team": "search"}');
    return labels;
  }
  const given = Object.entries(value);
  if (given.length > LABELS_MAX)
    problems.push(`SLIPWAY_LABELS: expected ${LABELS_MAX} labels at most, got ${given.length}`);
  for (const [name, label] of given.slice(0, LABELS_MAX)) {
    const problem = problemOf(name, label);
    if (problem === null) labels.set(name, String(label));
    else problems.push(`SLIPWAY_LABELS: ${problem}`);
  }
  return labels;
}

function problemOf(name: string, value: unknown): string | null {
  const shown = JSON.stringify(name.slice(0, 80));
  if (OWN.has(name) || name.startsWith('goog'))
    return `expected no label of Slipway's or Google's own, got ${shown}`;
  const form = 'lower-case letters, digits, "_" and "-", 63 at most';
  if (!NAME.test(name)) return `expected a name of ${form}, a letter first, got ${shown}`;
  if (typeof value !== 'string' || !VALUE.test(value))
    return `${shown}: expected a text of ${form}, got ${JSON.stringify(value).slice(0, 80)}`;
  return null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
