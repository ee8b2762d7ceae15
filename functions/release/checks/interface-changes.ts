/**
 * How the interface of a service differs from that of its live release, and whom each difference breaks. What is added
 * breaks nobody: callers send it, or ask for it, once the release is live. What was deprecated may go.
 */
import {
  isRequired,
  type Interface,
  type Parameter,
  type RequestField,
} from '../../../common/artifact/interface.ts';
import type { Change } from './contract-changes.ts';

export function interfaceChanges(live: Interface, next: Interface): Change[] {
  return [
    ...fieldChanges('request field', live.request, next.request, requestChanges),
    ...fieldChanges('response field', live.response, next.response, responseChanges),
    ...fieldChanges('parameter', live.parameters ?? {}, next.parameters ?? {}, parameterChanges),
  ];
}

type Stated = Pick<RequestField, 'type' | 'list'>;
type Breaks = Pick<Change, 'what' | 'forward' | 'backward'>;
type By<T> = Readonly<Record<string, T>>;
type Compare<T> = (before: T | undefined, after: T | undefined) => readonly Breaks[];

const NOBODY = { forward: false, backward: false };
const CALLERS = { forward: true, backward: false };
const LATER_CALLERS = { forward: false, backward: true };
const BOTH = { forward: true, backward: true };

function fieldChanges<T extends Stated | Parameter>(
  kind: string,
  live: By<T>,
  next: By<T>,
  compare: Compare<T>,
): Change[] {
  const names = new Set([...Object.keys(live), ...Object.keys(next)]);
  return [...names].flatMap((name) =>
    compare(own(live, name), own(next, name)).map((change) => ({ field: `${kind} "${name}"`, ...change })),
  );
}

function own<T>(fields: By<T>, name: string): T | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function requestChanges(before: RequestField | undefined, after: RequestField | undefined): Breaks[] {
  if (before === undefined && after === undefined) return [];
  if (after === undefined) {
    // Its callers were told.
    if (before?.deprecated === true) return [{ what: 'is gone, after it was deprecated', ...NOBODY }];
    return [{ what: 'is gone', forward: true, backward: before !== undefined && isRequired(before) }];
  }
  if (before === undefined) {
    if (isRequired(after)) return [{ what: 'is new and required', ...BOTH }];
    return [{ what: 'is new and may be left out', ...NOBODY }];
  }
  const changes = typeChanges(before, after, 'takes');
  if (isRequired(after) && !isRequired(before))
    changes.push({ what: 'may not be left out any more', ...CALLERS });
  if (!isRequired(after) && isRequired(before)) changes.push({ what: 'may be left out', ...NOBODY });
  if (after.deprecated === true && before.deprecated !== true)
    changes.push({ what: 'is deprecated', ...NOBODY });
  if (after.override !== before.override) changes.push({ what: overrideText(after), ...NOBODY });
  if (after.default !== before.default) changes.push({ what: defaultText(after), ...NOBODY });
  return changes;
}

function responseChanges(before: Stated | undefined, after: Stated | undefined): Breaks[] {
  if (after === undefined) return [{ what: 'is gone', ...CALLERS }];
  return before === undefined ? [{ what: 'is new', ...NOBODY }] : typeChanges(before, after, 'gives');
}

function parameterChanges(before: Parameter | undefined, after: Parameter | undefined): Breaks[] {
  if (after === undefined) return [{ what: 'is gone', ...CALLERS }];
  if (before === undefined) return [{ what: 'is new', ...NOBODY }];
  const changes = typeChanges(before, after, 'takes');
  if (after.default !== before.default) changes.push({ what: defaultText(after), ...NOBODY });
  return changes;
}

/** Who takes more than before breaks only later callers, who may meet the live model; who gives more, those of before. */
function typeChanges(before: Stated, after: Stated, side: 'takes' | 'gives'): Breaks[] {
  const [wider, narrower] = side === 'takes' ? [LATER_CALLERS, CALLERS] : [CALLERS, LATER_CALLERS];
  const changes: Breaks[] = [];
  if (before.type !== after.type) {
    const isWider = before.type === 'integer' && after.type === 'number';
    const isNarrower = before.type === 'number' && after.type === 'integer';
    const whom = isWider ? wider : isNarrower ? narrower : BOTH;
    changes.push({ what: `is ${withArticle(after.type)} instead of ${withArticle(before.type)}`, ...whom });
  }
  if (before.list !== after.list) {
    const isWider = after.list === 'any' && before.list !== undefined;
    const isNarrower = before.list === 'any' && after.list !== undefined;
    const whom = isWider ? wider : isNarrower ? narrower : BOTH;
    changes.push({ what: `has ${countOf(after.list)} instead of ${countOf(before.list)}`, ...whom });
  }
  return changes;
}

function withArticle(type: string): string {
  return type === 'integer' ? 'an integer' : `a ${type}`;
}

function countOf(list: Stated['list']): string {
  if (list === undefined) return 'one value';
  return list === 'any' ? 'a list of any length' : `a list of ${list}`;
}

function overrideText({ override }: RequestField): string {
  return override === undefined ? 'replaces no stored feature any more' : `replaces ${override}`;
}

function defaultText({ default: fallback }: { readonly default?: unknown }): string {
  return fallback === undefined
    ? 'has no default any more'
    : `has the default ${JSON.stringify(fallback).slice(0, 40)}`;
}
