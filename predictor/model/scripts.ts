/** The scripts of other threads and processes, which lie side by side, bundled or not. */
import { extname } from 'node:path';

/** The script of this name beside the module. */
export function besides(name: string, module: string): URL {
  return new URL(name + extname(module), module);
}
