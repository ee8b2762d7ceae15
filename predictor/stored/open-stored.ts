/** From a version's settings to what answers by its stored predictions. */
import { answersBatch, type Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Predict } from '../serve/handled.ts';
import { withStored } from './answers.ts';
import type { StoredSettings } from '../../common/artifact/stored-settings.ts';
import { readPublished } from '../../common/batch/published.ts';
import { openObjects, type Objects } from '../artifact/objects.ts';
import { requestFields } from '../features/request-fields.ts';
import { FeatureMetrics } from '../features/feature-metrics.ts';
import { assertOwn, PublishedRows, type OpenRows } from './published-rows.ts';
import { StoredMetrics } from './stored-metrics.ts';

/**
 * `predict`, or what answers in its place by stored predictions. Nothing waits for them: until they are read, and where
 * they cannot be, the model answers. A batch job computes.
 */
export async function openStored(
  predict: Predict,
  config: Config,
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
): Promise<Predict> {
  const { stored: settings, face } = config;
  if (settings === null || answersBatch(config)) return predict;
  const told = new StoredMetrics(log);
  const fields = requestFields({ columns: [], views: [] }, face);
  const options = { settings, fields, counts: told.counts };
  metrics.stored = told;
  if (settings.answers === 'computed') return withStored(predict, { ...options, current: () => null });
  const objects = await openObjects(settings.uri);
  const rows = new PublishedRows(
    settings,
    objects,
    told,
    await opener(config, settings, { objects, log, metrics }),
  );
  void rows.follow();
  return withStored(predict, { ...options, current: () => rows.current });
}

/** What opens the results that the object names: the files, or the rows of a view. */
async function opener(
  { features }: Config,
  settings: StoredSettings,
  { objects, log, metrics }: { readonly objects: Objects; readonly log: Logger; readonly metrics: Metrics },
): Promise<OpenRows> {
  const { view } = settings;
  if (view === undefined) {
    const { tableOf } = await import('./table.ts');
    return (text) => {
      const published = readPublished(text);
      assertOwn(published, settings);
      return tableOf(published, objects);
    };
  }
  const { viewRowsOf } = await import('./view-rows.ts');
  if (features === null) throw new Error('SLIPWAY_STORED names a view, and SLIPWAY_FEATURES no store');
  metrics.features ??= new FeatureMetrics([], log);
  const observer = metrics.features;
  return (text) => viewRowsOf(text, { view, settings, features, observer });
}
