/**
 * Resource names. Vertex AI takes a project's id or its number and always answers with the number;
 * here the number follows from the id, so that it is the same in every run.
 */
import { createHash } from 'node:crypto';

import { ApiError } from '../core/errors.ts';

const name = String.raw`projects/([^/]+)/locations/([a-z0-9-]+)`;
const locationName = new RegExp(`^${name}$`);
const resourceName = new RegExp(
  `^${name}/(models|endpoints|pipelineJobs|batchPredictionJobs)/([^/@]+)(?:@([^/]+))?$`,
);

export function projectNumber(project: string): string {
  if (/^\d+$/.test(project)) return project;
  const digest = createHash('sha256').update(project).digest().readUIntBE(0, 5);
  return String(100_000_000_000 + (digest % 900_000_000_000));
}

/** `projects/NUMBER/locations/LOCATION`. Throws INVALID_ARGUMENT. */
export function parseParent(parent: string): string {
  const [, project, location] = locationName.exec(parent) ?? [];
  if (project === undefined || location === undefined) {
    throw new ApiError(
      'INVALID_ARGUMENT',
      `Invalid resource name: "${parent}". Expected projects/PROJECT/locations/LOCATION.`,
    );
  }
  return `projects/${projectNumber(project)}/locations/${location}`;
}

export interface ResourceName {
  /** `projects/NUMBER/locations/LOCATION`. */
  readonly parent: string;
  readonly id: string;
  /** The whole name, with the project's number and without a version. */
  readonly full: string;
  /** What follows the `@` of a model's name: a version id or an alias. */
  readonly version: string | undefined;
}

/** Throws INVALID_ARGUMENT when `text` does not name a resource of `collection`. */
export function parseName(
  text: string,
  collection: 'models' | 'endpoints' | 'pipelineJobs' | 'batchPredictionJobs',
): ResourceName {
  const [, project, location, found, id, version] = resourceName.exec(text) ?? [];
  if (project === undefined || location === undefined || id === undefined || found !== collection) {
    const expected = `projects/PROJECT/locations/LOCATION/${collection}/ID`;
    throw new ApiError('INVALID_ARGUMENT', `Invalid resource name: "${text}". Expected ${expected}.`);
  }
  const parent = `projects/${projectNumber(project)}/locations/${location}`;
  return { parent, id, full: `${parent}/${collection}/${id}`, version };
}
