/**
 * Of the protos that a Google client carries, what the services in use can reach. A client builds all its protos when
 * it is made: for all of Vertex AI that takes most of a second.
 */
import { protobuf } from 'google-gax';

type Json = protobuf.INamespace;

const OPERATION_INFO = '(google.longrunning.operation_info)';

/** The same JSON without what `services` (full names; those it does not have are passed over) cannot reach. */
export function pruneProtos(json: Json, services: readonly string[]): Json {
  const root = rootOf(json);
  const found = services.map((name) => root.lookup(name)).filter((service) => service !== null);
  return keepOnly(json, '', reachable(root, found));
}

/** For all of Vertex AI it takes most of a second, and each of its clients is asked for. */
const roots = new WeakMap<Json, protobuf.Root>();

function rootOf(json: Json): protobuf.Root {
  const known = roots.get(json);
  if (known !== undefined) return known;
  const root = protobuf.Root.fromJSON(json);
  root.resolveAll();
  roots.set(json, root);
  return root;
}

function reachable(root: protobuf.Root, start: readonly protobuf.ReflectionObject[]): ReadonlySet<string> {
  const kept = new Set<string>();
  const waiting = [...start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (kept.has(next.fullName)) continue;
    kept.add(next.fullName);
    for (const mentioned of mentions(root, next)) {
      if (mentioned !== null) waiting.push(mentioned);
    }
  }
  return kept;
}

function mentions(
  root: protobuf.Root,
  object: protobuf.ReflectionObject,
): (protobuf.ReflectionObject | null)[] {
  // A nested type is of no use without the type around it.
  const around = object.parent instanceof protobuf.Type ? [object.parent] : [];
  if (object instanceof protobuf.Service) return object.methodsArray.flatMap((m) => ofMethod(root, m));
  if (object instanceof protobuf.Type) return [...around, ...object.fieldsArray.map((f) => f.resolvedType)];
  return around;
}

/** What the method takes and gives, and what its operation reports and ends with. */
function ofMethod(root: protobuf.Root, method: protobuf.Method): (protobuf.ReflectionObject | null)[] {
  const options: Record<string, Record<string, string>>[] = method.parsedOptions ?? [];
  const info = options.flatMap((option) => Object.values(option[OPERATION_INFO] ?? {}));
  return [
    method.resolvedRequestType,
    method.resolvedResponseType,
    ...info.map((type) => method.parent?.parent?.lookup(type) ?? root.lookup(type)),
  ];
}

function keepOnly(node: Json, path: string, kept: ReadonlySet<string>): Json {
  const nested: NonNullable<Json['nested']> = {};
  for (const [name, child] of Object.entries(node.nested ?? {})) {
    const childPath = `${path}.${name}`;
    const isPackage = !['fields', 'methods', 'values', 'extend'].some((key) => key in child);
    if (!isPackage && !kept.has(childPath)) continue;
    const slim = keepOnly(child, childPath, kept);
    if (!isPackage || slim.nested !== undefined) nested[name] = slim;
  }
  const { nested: _, ...own } = node;
  return Object.keys(nested).length === 0 ? own : { ...own, nested };
}
