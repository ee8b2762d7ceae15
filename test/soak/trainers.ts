/** Lands artifacts: good ones and bad ones, a hundred at once, and old ones written again. */
import { releaseId } from '../../functions/release/ids.ts';
import { artifact, KINDS, type Kind } from './artifacts.ts';
import type { Landing } from './facts.ts';
import { BUCKET, isCanary } from './services.ts';
import type { World } from './world.ts';

/** The share of the artifacts that are good. */
const GOOD = 0.65;

export class Trainers {
  readonly landings: Landing[] = [];
  readonly #again = new Map<Landing, string[]>();
  readonly #world: World;
  readonly #numbers = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The marker comes last, as from a trainer. */
  land(service: string, kind: Kind): Landing {
    const number = (this.#numbers.get(service) ?? 0) + 1;
    this.#numbers.set(service, number);
    const folder = `v${number}`;
    let generation = '';
    for (const [name, bytes] of artifact(kind, number)) generation = this.#put(service, folder, name, bytes);
    const marker = `${service}/${folder}/model.onnx`;
    const release = releaseId(service, BUCKET, marker, generation);
    const again: string[] = [];
    const landing = { service, folder, kind, number, release, again, at: Date.now() };
    this.landings.push(landing);
    this.#again.set(landing, again);
    this.#world.journal.note(`${service}: ${folder} lands, ${kind}, ${release}`);
    return landing;
  }

  /** A kind by chance. What only a comparison finds out is landed where there is one. */
  draw(service: string, chance: ReturnType<World['chance']>): Kind {
    if (chance.chance('good', GOOD)) return 'good';
    const [first = 'good', ...others] = KINDS.filter(
      (kind) => kind !== 'good' && (kind !== 'other-scale' || isCanary(service)),
    );
    return chance.pick('kind', [first, ...others]);
  }

  burst(service: string, count: number): void {
    const from = Date.now();
    for (let i = 0; i < count; i += 1) this.land(service, 'good');
    const detail = `${count} artifacts in ${Date.now() - from} ms`;
    this.#world.disturbances.push({ kind: 'burst', target: service, detail, from, until: Date.now() });
    this.#world.journal.note(`${service}: burst of ${detail}`);
  }

  /** The same content under the same name once more, as a copy, a key rotation or a restore writes it. */
  rewrite(landing: Landing): void {
    const { service, folder, kind, number } = landing;
    const marker = artifact(kind, number).at(-1);
    if (marker === undefined) return;
    const generation = this.#put(service, folder, ...marker);
    const name = `${service}/${folder}/model.onnx`;
    this.#again.get(landing)?.push(releaseId(service, BUCKET, name, generation));
    const detail = `${folder} (${kind}) is written again, generation ${generation}`;
    const at = Date.now();
    this.#world.disturbances.push({ kind: 'rewrite', target: service, detail, from: at, until: at });
    this.#world.journal.note(`${service}: ${detail}`);
  }

  #put(service: string, folder: string, name: string, bytes: Uint8Array): string {
    const { store } = this.#world.stack.emulator;
    return store.putObject(BUCKET, `${service}/${folder}/${name}`, bytes).generation;
  }
}
