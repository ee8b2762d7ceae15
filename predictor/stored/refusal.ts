/** A service that answers by stored predictions alone has none for a key: answered with 400. */
export class NotStored extends Error {
  override readonly name = 'NotStored';
  readonly reason = 'PREDICTION_MISSING';
  readonly instance: number;

  constructor(index: number, key: readonly string[], instance: Readonly<Record<string, unknown>>) {
    const words = key.map((name) => `${name} ${JSON.stringify(instance[name]) ?? 'nothing'}`.slice(0, 100));
    super(
      `instances[${index}]: expected a stored prediction of ${words.join(', ')}, got none (PREDICTION_MISSING)`,
    );
    this.instance = index;
  }
}
