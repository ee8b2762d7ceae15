/**
 * Filters of Cloud Monitoring and Cloud Logging, as far as they are comparisons joined by AND or by a space. Both
 * languages know much more; what is not here is refused, never passed over.
 */
import { ApiError } from './errors.ts';

export interface Comparison {
  /** Such as `resource.labels.endpoint_id`; `log_id` for the function of that name. */
  readonly field: string;
  readonly operator: string;
  readonly value: string;
}

const quoted = String.raw`"((?:[^"\\]|\\.)*)"`;
const term = new RegExp(
  String.raw`\s*(?:AND\s+)?(?:log_id\(\s*${quoted}\s*\)|([a-zA-Z_.]+)\s*(>=|=)\s*${quoted})`,
  'gy',
);

/** `supported`: comparisons without their value, such as `timestamp>=`. Throws INVALID_ARGUMENT for any other. */
export function parseConjunction(filter: string, supported: readonly string[]): Comparison[] {
  const comparisons: Comparison[] = [];
  let end = 0;
  for (const [whole, logId, field = 'log_id', operator = '=', value] of filter.matchAll(term)) {
    end += whole.length;
    comparisons.push({ field, operator, value: (value ?? logId ?? '').replaceAll(/\\(.)/g, '$1') });
  }
  const known = comparisons.every(({ field, operator }) => supported.includes(field + operator));
  if (known && filter.slice(end).trim() === '') return comparisons;
  throw new ApiError(
    'INVALID_ARGUMENT',
    `Invalid filter: "${filter}". The emulator takes these, with a quoted value and joined by AND: ${supported.join(' ')}`,
  );
}
