/** Values of options, as the functions take them. Each throws an InvalidArgumentError. */
import { InvalidArgumentError } from '@commander-js/extra-typings';

export function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('expected a port from 0 to 65535.');
}

/** Both as the requests topic takes them (functions/intake/on-request.ts). */
export function requestId(text: string): string {
  if (/^[A-Za-z0-9_-]{1,40}$/.test(text)) return text;
  throw new InvalidArgumentError('expected one to forty letters, digits, "-" or "_".');
}

/** As features.json has it. */
export function viewVersion(text: string): string {
  if (/^[A-Za-z0-9_]{1,32}$/.test(text)) return text;
  throw new InvalidArgumentError('expected one to 32 letters, digits or "_".');
}

export function shortText(text: string): string {
  if (text.length <= 200) return text;
  throw new InvalidArgumentError(`expected at most 200 characters, got ${text.length}.`);
}
