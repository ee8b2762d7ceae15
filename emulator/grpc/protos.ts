import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { protobuf } from 'google-gax';

/** Where a package's protos are, and which of its services are wanted (full names). */
export interface ProtoSource {
  /** Module path of the `protos.json` that a Google client carries. */
  readonly module: string;
  /** Full name of the package whose unused messages are dropped, such as `google.cloud.aiplatform.v1`. */
  readonly package: string;
  readonly services: readonly string[];
}

interface Namespace {
  nested?: Record<string, Namespace>;
}

const require = createRequire(import.meta.url);

/**
 * The protos of a Google client as a protobuf.js root, holding only what `source.services` can reach:
 * building all of Vertex AI takes ten times as long as building the four services that are used.
 */
export async function loadProtos(source: ProtoSource): Promise<protobuf.Root> {
  const root: Namespace = JSON.parse(await readFile(require.resolve(source.module), 'utf8'));
  const segments = source.package.split('.');
  const last = segments.pop();
  let parent: Namespace | undefined = root;
  for (const segment of segments) parent = parent?.nested?.[segment];
  const all = last === undefined ? undefined : parent?.nested?.[last]?.nested;
  if (parent === undefined || last === undefined || all === undefined) {
    throw new Error(`expected package ${source.package} in ${source.module}`);
  }
  // Sibling versions of the package go as a whole.
  parent.nested = { [last]: { nested: reachable(all, source.package, source.services) } };
  return protobuf.Root.fromJSON(root);
}

/** The definitions that are mentioned, by any path of mentions, from `services`. */
function reachable(
  all: Record<string, Namespace>,
  packageName: string,
  services: readonly string[],
): Record<string, Namespace> {
  const mention = new RegExp(`"(?:\\.?${packageName.replaceAll('.', '\\.')}\\.)?(\\w+)[".]`, 'g');
  const kept: Record<string, Namespace> = {};
  const waiting = [...services];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const definition = all[name];
    if (definition === undefined || name in kept) continue;
    kept[name] = definition;
    for (const [, word] of JSON.stringify(definition).matchAll(mention)) {
      if (word !== undefined && Object.hasOwn(all, word)) waiting.push(word);
    }
  }
  return kept;
}
