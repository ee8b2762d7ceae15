/** `batch.publish` of a service: what its schema cannot say, and its defaults. */
import { isRequired } from '../../common/artifact/interface.ts';
import { SOURCE, type Answers } from '../../common/artifact/stored-settings.ts';
import { toMs } from './fields.ts';
import { checkKey } from './features.ts';
import type { BatchFile } from './schema-batch.ts';
import type { FeaturesFile } from './schema-features.ts';
import type { InterfaceFile } from './schema-interface.ts';

/** Predictions by key, from the results of batches. */
export interface Publish {
  /** Request fields, in the order of the key. */
  readonly key: readonly string[];
  readonly answers: Answers;
  readonly maxAgeMs: number;
  readonly refreshMs: number;
  /** The view that results are loaded into; without it predictors read the files. */
  readonly view?: string;
}

/** What of the service counts here. */
export interface Beside {
  readonly interface?: InterfaceFile;
  readonly features?: FeaturesFile;
  readonly rollout?: { readonly gates?: { readonly comparison?: unknown } };
  /** On the local stack: a developer who has answered a file does not wait for it. */
  readonly isLocal: boolean;
}

const LOCAL_REFRESH_MS = 1000;

/** Null: there is none. What is impossible goes to `problems`, with both fields. */
export function parsePublish(
  service: string,
  batch: BatchFile,
  { interface: face, features, rollout, isLocal }: Beside,
  problems: string[],
): Publish | null {
  const { publish: file, outputs, format, key, inputs, schedule } = batch;
  if (file === undefined) return null;
  const at = `services.${service}.batch`;
  const { answers = 'fresh' } = file;
  if (face === undefined)
    problems.push(
      `${at}.publish: expected services.${service}.interface beside it, whose request has the key`,
    );
  else checkFace(service, face, file.key, problems);
  if (file.view !== undefined) checkView(service, file.view, file.key, features, problems);
  if (outputs.startsWith('bq://'))
    problems.push(`${at}.publish: expected ${at}.outputs in Cloud Storage; the predictor reads files`);
  if (format === 'csv')
    problems.push(`${at}.publish: expected ${at}.format jsonl; the predictor reads JSON lines`);
  if (key !== undefined)
    problems.push(`${at}.publish: expected no ${at}.key, which takes the row out of its result`);
  if ([inputs, schedule?.input].some((input) => input?.endsWith('.csv') === true))
    problems.push(`${at}.publish: expected ${at}.inputs of JSON lines or tables; rows of CSV have no names`);
  if (file.maxAge !== undefined && answers !== 'fresh')
    problems.push(`${at}.publish.maxAge: expected none, since ${at}.publish.answers is ${answers}`);
  if (rollout?.gates?.comparison !== undefined && answers !== 'computed')
    problems.push(
      `${at}.publish.answers: expected computed beside services.${service}.rollout.gates.comparison, which would compare what is stored with what the candidate computes`,
    );
  return {
    key: file.key,
    answers,
    maxAgeMs: toMs(file.maxAge ?? '24h'),
    refreshMs: isLocal ? LOCAL_REFRESH_MS : toMs(file.refresh ?? '1m'),
    ...(file.view !== undefined && { view: file.view }),
  };
}

/** The view of results is the store's as any other; each batch has a table of its own. */
function checkView(
  service: string,
  name: string,
  key: readonly string[],
  features: FeaturesFile | undefined,
  problems: string[],
): void {
  const at = `services.${service}.batch.publish.view`;
  const views = features?.views ?? {};
  const view = Object.hasOwn(views, name) ? views[name] : undefined;
  if (features === undefined || view === undefined) {
    problems.push(
      `${at}: expected a view of services.${service}.features.views, got ${JSON.stringify(name)}`,
    );
    return;
  }
  const { kind } = features.store;
  if (kind === 'vertex' || kind === 'feast')
    problems.push(`${at}: expected none, since a store of kind ${kind} loads its views itself`);
  if (JSON.stringify(view.key) !== JSON.stringify(key))
    problems.push(
      `${at}: expected a view whose key is that of services.${service}.batch.publish.key, got the key ${view.key.join(', ')}`,
    );
  if (!(view.table ?? name).includes('{version}'))
    problems.push(
      `${at}: expected {version} in services.${service}.features.views.${name}.table: each batch has a table of its own`,
    );
}

function checkFace(
  service: string,
  { request, response, parameters }: InterfaceFile,
  key: readonly string[],
  problems: string[],
): void {
  const at = `services.${service}.batch.publish`;
  checkKey(`${at}.key`, key, request, problems);
  for (const [name, field] of Object.entries(request))
    if (isRequired(field) && !key.includes(name))
      problems.push(
        `${at}.key: expected ${name} in it, or services.${service}.interface.request.${name} to be optional: a request with more than the key is computed`,
      );
  for (const [part, fields] of Object.entries({ parameters, response }))
    if (Object.hasOwn(fields ?? {}, SOURCE))
      problems.push(
        `services.${service}.interface.${part}.${SOURCE}: expected another name beside ${at}, which says by it where a prediction is from`,
      );
}
