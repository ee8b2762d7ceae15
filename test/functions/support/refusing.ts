/** Calls of a memory world that Google refuses, and releases that meet them. */
import { CallError, type Status } from '../../../functions/errors.ts';
import { handleArtifact } from '../../../functions/intake/on-artifact.ts';
import type { Vertex } from '../../../functions/world.ts';
import type { MemoryWorld } from '../../support/memory-world.ts';
import { yamlWith } from '../release/steps/rollout-samples.ts';
import { finalized, passTime, testApp, type TestApp } from '../../support/test-app.ts';

export const HOUR = 3_600_000;

export type Refusable =
  | Exclude<keyof Vertex, 'getPipelineJob'>
  | 'artifacts.head'
  | 'artifacts.read'
  | 'artifacts.sha256'
  | 'monitoring.served'
  | 'publish events'
  | 'publish ticks';

export interface Refused {
  /** Calls refused so far, and when each of them was, in ms. */
  readonly at: number[];
  /** Lets the calls through from now on. */
  end(): void;
}

/** Every call of that method is refused like that from now on, until so many ms have passed since the first of them. */
export function refuse(
  world: MemoryWorld,
  method: Refusable,
  status: Status,
  words: string,
  forMs = Infinity,
): Refused {
  const at: number[] = [];
  const [target, name, isMeant] = targetOf(world, method);
  const usual: unknown = Reflect.get(target, name);
  if (typeof usual !== 'function') throw new Error(`there is no ${method}`);
  const call = (...args: unknown[]): unknown => {
    const isOver = world.clock.now() - (at[0] ?? Infinity) >= forMs;
    if (isOver || !isMeant(args)) return Reflect.apply(usual, target, args);
    at.push(world.clock.now());
    return Promise.reject(new CallError(method, status, words));
  };
  Reflect.set(target, name, call);
  return { at, end: () => Reflect.set(target, name, usual) };
}

function targetOf(world: MemoryWorld, method: Refusable): [object, string, (args: unknown[]) => boolean] {
  const [first = '', second = ''] = method.split(/[. ]/);
  if (first === 'publish') return [world.bus, 'publish', ([topic]) => topic === second];
  if (first === 'artifacts') return [world.artifacts, second, () => true];
  if (first === 'monitoring') return [world.monitoring, second, () => true];
  return [world.vertex, method, () => true];
}

/** What the log says at ERROR where Google goes on refusing. */
export const REFUSED_ERRORS = ['release ended', 'Google keeps refusing a call', 'model left deployed'];

/** An artifact with a manifest, and what differs from those of other versions in its content. */
export async function land(s: TestApp, version: string): Promise<void> {
  await s.world.clock.sleep(1_000);
  const files = [{ path: 'model.onnx', size: version.length, sha256: 'a'.repeat(64) }];
  s.world.objects.put('models', `churn/${version}/manifest.json`, JSON.stringify({ schema: 1, files }));
  s.world.objects.put('models', `churn/${version}/model.onnx`, version);
  await handleArtifact(finalized('models', `churn/${version}/model.onnx`), s.app);
}

export interface Refusing extends TestApp {
  readonly refused: Refused;
  readonly startedAt: number;
}

/**
 * Artifact v1 has landed, beside the live v0 or as the first of all, and that call is refused from now on. The deadline
 * is an hour.
 */
export async function refusing(
  method: Refusable,
  status: Status,
  words: string,
  { isFirst = false, forMs = Infinity } = {},
): Promise<Refusing> {
  const s = testApp({ yaml: yamlWith({ deadline: '1h' }), errors: REFUSED_ERRORS });
  if (!isFirst) {
    await land(s, 'v0');
    await passTime(s, HOUR);
  }
  await land(s, 'v1');
  return { ...s, startedAt: s.world.clock.now(), refused: refuse(s.world, method, status, words, forMs) };
}
