/** What the routes serve once the model is there. */
import { pathToFileURL } from 'node:url';
import type { ArtifactFiles, Handler } from './handler.ts';
import { ModelError } from './model/model-error.ts';
import { withHandler, type Predict } from './serve/handled.ts';
import type { Predictor } from './serve/predictor.ts';
import { withRowErrors } from './serve/row-by-row.ts';

export interface Service {
  readonly predictor: Predictor;
  readonly predict: Predict;
  /** The shape of instances that may be read as NumberRows; null, or none: all are read as JSON. */
  readonly numberShape?: readonly number[] | null;
}

/**
 * Puts the handler at `path` around the predictor, or around what looks features up for it (`mapped`); '' for none.
 * Rejects with a ModelError if it cannot load.
 */
export async function createService(
  predictor: Predictor,
  path: string,
  files: ArtifactFiles,
  mapped?: Predict,
): Promise<Service> {
  const { errors = 'request' } = predictor.options;
  const predict = mapped ?? predictor.predict.bind(predictor);
  if (path === '') {
    if (mapped !== undefined) return { predictor, predict: withRowErrors(mapped, errors) };
    return { predictor, predict, numberShape: predictor.numberShape };
  }
  try {
    const handler = await importHandler(path);
    const options = predictor.options;
    const handled = withHandler({ predict, options }, handler, await handler.load?.(files));
    return { predictor, predict: withRowErrors(handled, errors) };
  } catch (error) {
    throw new ModelError(`the handler ${path} cannot be used`, { cause: error });
  }
}

async function importHandler(path: string): Promise<Handler> {
  const module: unknown = await import(pathToFileURL(path).href);
  const handler =
    typeof module === 'object' && module !== null && 'default' in module ? module.default : null;
  if (!isHandler(handler)) throw new Error('expected a default export made by defineHandler, got none');
  return handler;
}

function isHandler(value: unknown): value is Handler {
  if (typeof value !== 'object' || value === null) return false;
  return ['load', 'before', 'after'].every((step) => {
    const part: unknown = Reflect.get(value, step);
    return part === undefined || typeof part === 'function';
  });
}
