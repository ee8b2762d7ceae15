/**
 * Vertex AI is regional: a resource answers at the host of its own region alone
 * (https://cloud.google.com/vertex-ai/docs/reference/rest#service-endpoint), and its name says which that is.
 */
import { CallError } from '../errors.ts';

/** Nothing else becomes part of a host. */
const LOCATED = /^projects\/[^/]+\/locations\/([a-z]+-[a-z]+[0-9]+)(?:\/|$)/;

/** The region of `projects/…/locations/REGION…`. Throws a CallError INVALID_ARGUMENT for what is no such name. */
export function regionOf(name: string): string {
  const region = LOCATED.exec(name)?.[1];
  if (region !== undefined) return region;
  throw new CallError('regionOf', 'INVALID_ARGUMENT', `no name of Vertex AI's: ${name.slice(0, 100)}`);
}
