/** From a version's settings to what answers by its stored predictions. */
import { answersBatch, type Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Predict } from '../serve/handled.ts';
import { withStored } from './answers.ts';
import { openObjects } from '../artifact/objects.ts';
import { PublishedRows } from './published-rows.ts';
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
  const { stored: settings } = config;
  if (settings === null || answersBatch(config)) return predict;
  const told = new StoredMetrics(log);
  const options = { settings, counts: told.counts };
  metrics.stored = told;
  if (settings.answers === 'computed') return withStored(predict, { ...options, current: () => null });
  const rows = new PublishedRows(settings, await openObjects(settings.uri), told);
  void rows.follow();
  return withStored(predict, { ...options, current: () => rows.current });
}
