/** Why a request is refused that needs features: neither is the model's doing, and so says its `reason`. */

/** The store has no value of a feature that has no default, or a value that is too old: answered with 400. */
export class FeatureRefused extends Error {
  override readonly name = 'FeatureRefused';
  readonly reason: 'FEATURES_MISSING' | 'FEATURES_STALE';
  readonly instance: number;
  /** `view.feature`. */
  readonly feature: string;
  /** The message without the number of the instance, for where it stands beside its row. */
  readonly inRow: string;

  /** `key`: of the row, in words. `got`: what there is instead. */
  constructor(reason: FeatureRefused['reason'], instance: number, feature: string, key: string, got: string) {
    const what = `expected the feature ${feature} of ${key}, got ${got} (${reason})`;
    super(`instances[${instance}]: ${what}`);
    this.reason = reason;
    this.instance = instance;
    this.feature = feature;
    this.inRow = what;
  }
}

/** The store does not answer, or not in time: answered with 503 and Retry-After. */
export class FeaturesUnavailable extends Error {
  override readonly name = 'FeaturesUnavailable';
  readonly reason = 'FEATURES_UNAVAILABLE';
  readonly view: string;

  constructor(view: string, why: 'timeout' | 'error' | 'breaker') {
    super(`the feature store ${WORDS[why]} (view ${view}; FEATURES_UNAVAILABLE); the model was not asked`);
    this.view = view;
  }
}

const WORDS = {
  timeout: 'did not answer in time',
  error: 'could not be asked',
  breaker: 'has failed several times and is given a pause',
} as const;
