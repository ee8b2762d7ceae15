/**
 * What no `batch` can see alone: results and copies may never be taken for an input or an artifact of any service, or
 * each job would start the next.
 */
import { canBothMatch, canMatchBelow } from './batch-input.ts';
import type { Batch, Folder } from './batch.ts';
import { patternsOf, type ArtifactPattern } from './pattern.ts';

/** What counts of a service here. */
interface Service {
  readonly name: string;
  readonly artifacts: ArtifactPattern;
  readonly batch: Batch | null;
}

export function checkBatches(
  state: unknown,
  services: ReadonlyMap<string, Service>,
  problems: string[],
): void {
  for (const { name, batch } of services.values()) {
    if (batch === null) continue;
    const { inputs, outputs, staging } = batch;
    const at = `services.${name}.batch`;
    if (inputs !== null && inputs.bucket === state)
      problems.push(`${at}.inputs: expected another bucket than the state bucket, got ${inputs.bucket}`);
    for (const [field, folder] of [
      ['outputs', typeof outputs === 'string' ? null : outputs],
      ['staging', staging],
    ] as const) {
      if (folder !== null) checkFolder(`${at}.${field}`, folder, state, services, problems);
    }
    if (inputs === null) continue;
    for (const other of services.values()) {
      for (const { bucket, segments, text } of patternsOf(other.artifacts))
        if (bucket === inputs.bucket && canBothMatch(inputs.name, segments.join('/')))
          problems.push(
            `${at}.inputs: expected no object of services.${other.name}.artifacts (${text}), got ${inputs.text}`,
          );
    }
  }
}

function checkFolder(
  at: string,
  { bucket, prefix }: Folder,
  state: unknown,
  services: ReadonlyMap<string, Service>,
  problems: string[],
): void {
  const got = `got gs://${bucket}/${prefix}`;
  if (bucket === state) problems.push(`${at}: expected another bucket than the state bucket, got ${bucket}`);
  for (const { name, artifacts, batch } of services.values()) {
    for (const pattern of patternsOf(artifacts)) {
      if (pattern.bucket === bucket && canMatchBelow(pattern.segments.join('/'), prefix))
        problems.push(
          `${at}: expected a folder outside services.${name}.artifacts (${pattern.text}), ${got}`,
        );
    }
    if (batch?.inputs?.bucket === bucket && canMatchBelow(batch.inputs.name, prefix))
      problems.push(
        `${at}: expected a folder outside services.${name}.batch.inputs (${batch.inputs.text}), ${got}`,
      );
  }
}
