/**
 * The building blocks of the schema of slipway.yaml. Every field says, beside its JSON Schema, what it is for:
 * `description` for people, `default` or `absent` (what its absence means, in words), `unit`, `examples`; `expected` is
 * what an error says was expected. slipway.schema.json and docs/configuration.md are generated from them.
 */
import { Type } from 'typebox';

export const strict = { additionalProperties: false } as const;

export interface FieldOptions {
  readonly description: string;
  readonly default?: string;
  readonly absent?: string;
  readonly examples: string[];
}

/** Text of a form that no one reads from a pattern: `expected` says it in words. */
export function text(pattern: string, expected: string, options: FieldOptions) {
  return Type.String({ pattern, expected, ...options });
}

/** A whole number of seconds, minutes or hours; never 0. */
export function duration(options: FieldOptions) {
  return text('^[1-9][0-9]{0,5}(s|m|h)$', 'a duration such as 30s, 5m or 3h', options);
}

/** A duration such as 30s, 5m or 3h in ms; none is 0. */
export function toMs(duration: string | undefined): number {
  if (duration === undefined) return 0;
  const unit = { s: 1000, m: 60_000, h: 3_600_000 }[duration.at(-1) ?? ''] ?? Number.NaN;
  return Number(duration.slice(0, -1)) * unit;
}

/** What a block of fields is for, and what its absence means; without `absent` it is required. */
export function documented(description: string, absent?: string) {
  return { description, ...(absent !== undefined && { absent }) };
}
