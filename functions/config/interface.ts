/** `interface` of a service: what its schema cannot say. */
import { REPORT_KEY_VARIABLE } from '../../common/artifact/feature-report.ts';
import { FEATURES_VARIABLE } from '../../common/artifact/feature-settings.ts';
import { INTERFACE_VARIABLE, type Interface } from '../../common/artifact/interface.ts';
import { STORED_VARIABLE } from '../../common/artifact/stored-settings.ts';
import { isOfType } from '../../common/artifact/values.ts';
import type { FeaturesFile } from './schema-features.ts';
import type { InterfaceFile } from './schema-interface.ts';

/** The ledger keeps it three times, and the environment of the container has it. */
const INTERFACE_CHARS_MAX = 8_192;
/** What the engine tells the model server by. */
const OWN_VARIABLES = [INTERFACE_VARIABLE, FEATURES_VARIABLE, REPORT_KEY_VARIABLE, STORED_VARIABLE];
/** Of the predictor itself: `slipway` asks it for a report. */
const OWN_PARAMETERS = new Set(['outputs', 'decimals', 'slipway']);

/** Of a service in slipway.yaml. */
interface InterfaceParts {
  readonly interface?: InterfaceFile;
  readonly features?: FeaturesFile;
  readonly serving?: { readonly env?: Readonly<Record<string, string>> };
}

/** The interface, or null where the service has none. What is impossible goes to `problems`, with both fields. */
export function parseInterface(
  service: string,
  { interface: file, features, serving }: InterfaceParts,
  problems: string[],
): Interface | null {
  const at = `services.${service}.interface`;
  for (const name of OWN_VARIABLES)
    if (file !== undefined && Object.hasOwn(serving?.env ?? {}, name))
      problems.push(
        `services.${service}.serving.env.${name}: expected none beside services.${service}.interface`,
      );
  if (file === undefined) {
    if (features !== undefined)
      problems.push(
        `services.${service}.features: expected services.${service}.interface beside it, whose request has the keys`,
      );
    return null;
  }
  for (const [name, field] of Object.entries(file.request))
    checkRequestField(`${at}.request.${name}`, field, features, problems);
  checkOverrides(at, file.request, problems);
  for (const [name, { type, default: fallback }] of Object.entries(file.parameters ?? {})) {
    if (OWN_PARAMETERS.has(name))
      problems.push(`${at}.parameters.${name}: expected another name, this one is the predictor's own`);
    if (fallback !== undefined && !isOfType(fallback, type))
      problems.push(`${at}.parameters.${name}.default: expected a value of its type, ${type}`);
  }
  const length = JSON.stringify(file, (key, value: unknown) =>
    key === 'description' && typeof value === 'string' ? undefined : value,
  ).length;
  if (length > INTERFACE_CHARS_MAX)
    problems.push(
      `${at}: expected at most ${INTERFACE_CHARS_MAX} characters as JSON without descriptions, got ${length}`,
    );
  return file;
}

/** A stored feature has one field that replaces it. */
function checkOverrides(at: string, request: InterfaceFile['request'], problems: string[]): void {
  const by = new Map<string, string>();
  for (const [name, { override }] of Object.entries(request)) {
    if (override === undefined) continue;
    const other = by.get(override);
    if (other !== undefined)
      problems.push(
        `${at}.request.${name}.override: expected another feature, ${override} is replaced by ${other}`,
      );
    by.set(override, name);
  }
}

type RequestFieldFile = InterfaceFile['request'][string];

function checkRequestField(
  at: string,
  { type, list, optional, default: fallback, override }: RequestFieldFile,
  features: FeaturesFile | undefined,
  problems: string[],
): void {
  if (fallback !== undefined && !isOfType(fallback, type))
    problems.push(`${at}.default: expected a value of its type, ${type}`);
  if (fallback !== undefined && list !== undefined)
    problems.push(
      `${at}.default: expected none beside list; features.json may have defaults for its columns`,
    );
  if (fallback !== undefined && optional === true)
    problems.push(`${at}.optional: expected none beside default, which makes it optional`);
  if (override === undefined) return;
  if (fallback !== undefined)
    problems.push(`${at}.default: expected none beside override, where the stored value is the default`);
  if (optional === true)
    problems.push(`${at}.optional: expected none beside override, which makes it optional`);
  const view = override.slice(0, override.indexOf('.'));
  const feature = override.slice(view.length + 1);
  const views = features?.views ?? {};
  const stored = Object.hasOwn(views, view) ? views[view] : undefined;
  if (stored === undefined) {
    problems.push(`${at}.override: expected a view of features.views, got ${JSON.stringify(view)}`);
    return;
  }
  const declared = Object.hasOwn(stored.features ?? {}, feature) ? stored.features?.[feature] : undefined;
  if (stored.features !== undefined && declared === undefined)
    problems.push(
      `${at}.override: expected a feature of features.views.${view}, got ${JSON.stringify(feature)}`,
    );
  if (declared !== undefined && declared !== type)
    problems.push(`${at}.type: expected ${declared}, as in features.views.${view}.features, got ${type}`);
}
