/** How long the calls to Vertex AI may take, how much of a list is read, and what every answer has to name. */
import { CallError } from '../errors.ts';

/** The clients retry nothing of these calls by themselves; the engine looks before it repeats. In ms. */
export const READ = { timeout: 30_000 };
export const LIST = { ...READ, autoPaginate: false };
export const WRITE = { timeout: 60_000 };

export const PAGE_SIZE = 100;
/** Versions and endpoints. More than these are not looked through within a tick. */
export const PAGES_MAX = 100;
/** What has no name cannot be told from what is not there. */
export function unnamed(method: string): CallError {
  return new CallError(method, 'UNKNOWN', 'the answer does not name what it tells of');
}

export function nameOf(operation: { name?: string | null | undefined }, method: string): string {
  if (operation.name) return operation.name;
  throw new CallError(method, 'UNKNOWN', 'the answer names no operation');
}
