/**
 * What Google's provider refuses beyond its schema: patterns and closed lists of values, as in its source
 * (https://github.com/hashicorp/terraform-provider-google, `google/verify/validation.go`, the `ValidateFunc` of each
 * resource and `google/tpgiamresource/resource_iam_member.go`), and the ranges that Google's APIs document. Only the
 * arguments that terraform/ uses, or could easily get wrong.
 */
import { ExtData } from '@msgpack/msgpack';
import { isKnown, type Check } from './checks.ts';
import { NAMES } from './checks-names.ts';
import { VALUES } from './checks-values.ts';

export interface Problem {
  readonly path: readonly string[];
  readonly detail: string;
}

/** Every problem of a configuration of this type. What is not set or not yet known is not judged. */
export function findProblems(type: string, config: unknown): Problem[] {
  const always = type.endsWith('_iam_member') ? VALUES['*_iam_member'] : {};
  const checks = { ...always, ...NAMES[type], ...VALUES[type] };
  return Object.entries(checks).flatMap(([path, check]) => problemsAt(config, path.split('.'), [], check));
}

function problemsAt(
  value: unknown,
  rest: readonly string[],
  path: readonly string[],
  check: Check,
): Problem[] {
  if (!isKnown(value)) return [];
  if (Array.isArray(value) && rest.length > 0) {
    return value.flatMap((one) => problemsAt(one, rest, path, check));
  }
  const [name, ...further] = rest;
  if (name === undefined) {
    const detail = check(value);
    return detail === null ? [] : [{ path, detail }];
  }
  return problemsAt(Reflect.get(Object(value), name), further, [...path, name], check);
}

/**
 * Cloud Monitoring knows a new log-based metric only after up to ten minutes, and refuses an alert policy that filters
 * by one it does not know; the provider does not try again (hashicorp/terraform-provider-google#11102).
 */
export function refusedAtApply(type: string, values: unknown): string | null {
  if (type !== 'google_monitoring_alert_policy') return null;
  const [, metric] = /metric\.type\s*=\s*\\*"(logging\.googleapis\.com\/user\/[^"\\]+)/.exec(
    JSON.stringify(values, (_, value: unknown) => (value instanceof ExtData ? null : value)),
  ) ?? [null];
  return metric === undefined || metric === null
    ? null
    : `Error creating AlertPolicy: googleapi: Error 404: Cannot find metric(s) that match type = "${metric}". If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.`;
}
