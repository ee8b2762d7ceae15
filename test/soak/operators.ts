/** People who ask for things at any time: releases by name, rollbacks, aborts, promotes, holds and resumes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BUCKET } from './services.ts';
import { folderOf } from './told.ts';
import type { Trainers } from './trainers.ts';
import { ledgerOf } from './view.ts';
import { topicOf, type World } from './world.ts';

export class Operators {
  readonly #world: World;
  readonly #trainers: Trainers;

  constructor(world: World, trainers: Trainers) {
    this.#world = world;
    this.#trainers = trainers;
  }

  /** The newest artifact, or any that has landed, also one that is older than the live one. */
  ask(service: string, folder: string | null): void {
    const artifact = `gs://${BUCKET}/${service}/${folder}/`;
    this.#publish({ service, ...(folder !== null && { artifact }) });
  }

  rollback(service: string): void {
    this.#publish({ service, action: 'rollback', reason: 'the soak goes back' });
  }

  abort(service: string): void {
    this.#publish({ service, action: 'abort', reason: 'the soak gives it up' });
  }

  /** Only what is good: what is promoted meets no gate. */
  promote(service: string): void {
    const marker = ledgerOf(this.#world, service)?.release?.request.marker;
    if (marker === undefined) return;
    const known = this.#trainers.landings.find(
      (landing) => landing.service === service && landing.folder === folderOf(marker),
    );
    if (known?.kind === 'good') this.#publish({ service, action: 'promote' });
  }

  /** The service stays as it is for that long. It is resumed also if the soak ends in between. */
  async hold(service: string, forMs: number, signal: AbortSignal): Promise<void> {
    this.#publish({ service, action: 'hold', reason: 'the soak looks at it' }, forMs);
    await sleep(forMs, undefined, { signal }).catch(() => {});
    this.resume(service);
  }

  resume(service: string): void {
    this.#publish({ service, action: 'resume' });
  }

  #publish(body: Readonly<Record<string, unknown>>, forMs = 0): void {
    const { stack, journal, disturbances } = this.#world;
    const data = Buffer.from(JSON.stringify(body));
    stack.emulator.broker.publish(topicOf(stack, 'requests'), [{ data }]);
    const from = Date.now();
    const detail = JSON.stringify(body);
    const target = String(body['service']);
    disturbances.push({ kind: 'command', target, detail, from, until: from + forMs });
    journal.note(`${target}: asked for ${detail}`);
  }
}
