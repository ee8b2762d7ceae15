/** The features cannot be looked up as the model needs them. The message names view, key and feature. */
export class FeatureError extends Error {
  override readonly name = 'FeatureError';
}
