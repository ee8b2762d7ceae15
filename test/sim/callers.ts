/**
 * Those who call the endpoint, and what Cloud Monitoring has of them: their requests are not played one by one, but
 * reckoned from how the traffic was split and for how long.
 */
import { CallError } from '../../functions/errors.ts';
import type { Answer, Served } from '../../functions/world.ts';
import type { Chance } from '../support/random.ts';
import type { Flaw } from './scenario.ts';
import type { SimEndpoint } from './vertex-types.ts';

const MINUTE = 60_000;

/** What was asked by the engine itself, by deployed model. */
interface Asked {
  readonly at: number;
  readonly id: string;
}

export class Callers {
  readonly #asked: Asked[] = [];
  readonly #chance: Chance;
  readonly #perMinute: number;
  readonly #flawOf: (model: string, version: string) => Flaw | null;

  constructor(chance: Chance, perMinute: number, flawOf: (model: string, version: string) => Flaw | null) {
    this.#chance = chance;
    this.#perMinute = perMinute;
    this.#flawOf = flawOf;
  }

  predict(endpoint: SimEndpoint | undefined, instances: readonly unknown[], now: number): Answer {
    if (endpoint === undefined) throw new CallError('vertex.predict', 'NOT_FOUND', 'no such endpoint');
    let point = this.#chance.between('predict', 0, 100);
    const chosen = [...endpoint.traffic].find(([, share]) => (point -= share) < 0);
    const model = endpoint.deployed.get(chosen?.[0] ?? '');
    if (model?.state !== 'ready')
      throw new CallError('vertex.predict', 'FAILED_PRECONDITION', 'nothing has traffic');
    this.#asked.push({ at: now, id: model.id });
    const isWrong = this.#flawOf(model.model, model.version) === 'answers';
    const predictions = instances.map((instance) => (isWrong ? Number(instance) + 1 : instance));
    return { deployedModel: model.id, predictions };
  }

  served(endpoint: SimEndpoint | undefined, from: number, to: number, now: number): Map<string, Served> {
    const requests = new Map<string, number>();
    const count = (id: string, more: number) => requests.set(id, (requests.get(id) ?? 0) + more);
    let since = 0;
    const stretches = [...(endpoint?.past ?? []), { until: now, view: { traffic: endpoint?.traffic } }];
    for (const { until, view } of stretches) {
      const ms = Math.min(until, to) - Math.max(since, from);
      since = until;
      if (ms <= 0) continue;
      for (const [id, share] of view.traffic ?? [])
        count(id, ((ms / MINUTE) * this.#perMinute * share) / 100);
    }
    for (const { at, id } of this.#asked) if (at >= from && at <= to) count(id, 1);
    const served = new Map<string, Served>();
    for (const [id, exact] of requests) {
      const whole = Math.floor(exact);
      const model = endpoint?.deployed.get(id);
      const fails = model !== undefined && this.#flawOf(model.model, model.version) === 'errors';
      if (whole > 0) served.set(id, { requests: whole, errors: fails ? Math.ceil(whole / 3) : 0, p95Ms: 10 });
    }
    return served;
  }
}
