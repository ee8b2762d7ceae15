import { invalid } from './refusals.ts';

/** Milliseconds of a google.protobuf.Duration in its JSON form, `"1.500s"`. Throws INVALID_ARGUMENT. */
export function parseDuration(text: string, field: string): number {
  const [, seconds] = /^(-?\d+(?:\.\d{1,9})?)s$/.exec(text) ?? [];
  if (seconds === undefined) {
    throw invalid(
      `Invalid value at '${field}' (type.googleapis.com/google.protobuf.Duration), Illegal duration format; duration must end with 's'`,
    );
  }
  return Number(seconds) * 1000;
}

/** The JSON form of a google.protobuf.Duration. */
export function formatDuration(ms: number): string {
  return `${ms / 1000}s`;
}
