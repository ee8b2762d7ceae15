/**
 * What an imported module exports. In the image, where the predictor is bundled, a module that was written for CommonJS
 * and is imported when it is needed has its exports as `default`, and no others.
 */
export function exportsOf<T extends object>(module: T): T {
  const inner: unknown = Reflect.get(module, 'default');
  const isWrapped =
    Object.keys(module).length === 1 && (typeof inner === 'object' || typeof inner === 'function');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same module, by the bundler's other way
  return isWrapped && inner !== null ? (inner as T) : module;
}
