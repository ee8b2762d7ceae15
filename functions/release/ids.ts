/**
 * Deterministic names: the idempotency keys that Vertex AI's API has. The same release and attempt always get the
 * same ids, so a repeated call meets its own earlier effect instead of making a second one.
 */
import { createHash } from 'node:crypto';

/** Names one delivery or one tick: twelve hex digits. */
export function drawId(random: () => number): string {
  return Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
}

/** A private key, in hex: as hard to guess as what `random` draws. */
export function drawSeed(random: () => number): string {
  return Array.from({ length: 6 }, () => drawId(random))
    .join('')
    .slice(0, 64);
}

/** `r-` and twelve hex digits; fits a label value and a display name. */
export function releaseId(
  service: string,
  bucket: string,
  object: string,
  generation: string,
  asked = '',
): string {
  return `r-${digest(service, bucket, object, generation, asked).slice(0, 12)}`;
}

/** `b-` and twelve hex digits: what is answered, and by which request; '' for an object that landed. */
export function batchId(service: string, input: string, generation: string, asked: string): string {
  return `b-${digest('batch', service, input, generation, asked).slice(0, 12)}`;
}

/** Ten digits, the longest id that DeployedModel.id allows (endpoint.proto). */
export function deployedModelId(release: string, attempt: number): string {
  return String(
    1_000_000_000n + (BigInt(`0x${digest(release, String(attempt)).slice(0, 16)}`) % 9_000_000_000n),
  );
}

/** Nine digits: both forms of the API and Terraform accept them as an endpoint's id. */
export function endpointId(displayName: string): string {
  return String(100_000_000n + (BigInt(`0x${digest('endpoint', displayName).slice(0, 16)}`) % 900_000_000n));
}

/** Names what was written to an endpoint: sixteen hex digits. */
export function endpointChangeId(endpoint: string, change: object): string {
  return digest('configure', endpoint, JSON.stringify(change)).slice(0, 16);
}

/** The one model of a service; every release is a version of it. */
export function modelId(service: string): string {
  return `slipway-${service}`;
}

/** The model that a version of another region is copied to, for one service: a second copy of it meets the first. */
export function copyId(service: string, source: string): string {
  return `slipway-copy-${digest('copy', service, source).slice(0, 16)}`;
}

/** Its full name. */
export function modelName({ name, parent }: { readonly name: string; readonly parent: string }): string {
  return `${parent}/models/${modelId(name)}`;
}

/** Names the release for people, and lets `ownerOf` recognise the deployed model as ours. */
export function deployedModelName(folder: string, release: string, attempt: number): string {
  return `${folder.slice(0, 80)} (slipway ${release}-${attempt})`;
}

/**
 * The release and attempt that deployed a model, or null if Slipway did not deploy it. The id proves the name: it
 * is the digest of what the name says.
 */
export function ownerOf(id: string, displayName: string): { release: string; attempt: number } | null {
  const [, release, digits] = /\(slipway (r-[0-9a-f]{12})-([1-9][0-9]{0,3})\)$/.exec(displayName) ?? [];
  if (release === undefined || digits === undefined) return null;
  const attempt = Number(digits);
  return deployedModelId(release, attempt) === id ? { release, attempt } : null;
}

export const LABELS = {
  /** On a model version: the release that uploaded it. */
  release: 'slipway-release',
  /** On an endpoint: the epoch of the last writer. A writer with a smaller one is deposed. */
  epoch: 'slipway-epoch',
  /** On everything that Slipway makes. */
  service: 'slipway-service',
  /** On a batch prediction job: the batch that asked for it. */
  batch: 'slipway-batch',
} as const;

function digest(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
