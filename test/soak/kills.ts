/** Kills and freezes processes: functions in the middle of operations, and predictors that have traffic. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Outage } from './facts.ts';
import { functionPid } from './processes.ts';
import { endpointOf, ledgerOf } from './view.ts';
import type { World } from './world.ts';

const run = promisify(execFile);

/** How long a function is waited for that has something in progress. */
const MIDDLE_MS = 20_000;

/** Within it a killed predictor has to answer again; the emulator starts it after a second. */
export const OUTAGE_MS_MAX = 60_000;

export class Kills {
  readonly outages: Outage[] = [];
  readonly #world: World;
  /** Functions that are frozen. */
  readonly #stopped = new Set<number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** kill -9 of one instance of the function; of onTick when some service has an current operation. */
  async killFunction(name: string, instance: number, signal: AbortSignal): Promise<void> {
    const port = this.#world.ports.get(name)?.[instance];
    if (port === undefined) return;
    const middle = name === 'onTick' ? await this.#inTheMiddle(signal) : '';
    const pid = await functionPid(port);
    if (pid === null || signal.aborted) return;
    this.#signal(pid, 'SIGKILL');
    this.#stopped.delete(pid);
    const target = instance === 0 ? name : `${name} ${instance + 1}`;
    this.#note('kill', target, `kill -9 of ${target}${middle}`, 0);
  }

  /** SIGSTOP, and SIGCONT after that time or when the soak ends. The other instance gets what comes meanwhile. */
  async freezeTick(forMs: number, signal: AbortSignal): Promise<void> {
    const { ports, office, journal } = this.#world;
    const port = ports.get('onTick')?.[0];
    if (port === undefined) return;
    const middle = await this.#inTheMiddle(signal);
    const pid = await functionPid(port);
    if (pid === null || signal.aborted) return;
    this.#stopped.add(pid);
    office.frozen.add(`http://127.0.0.1:${port}`);
    this.#signal(pid, 'SIGSTOP');
    this.#note('freeze', 'onTick', `SIGSTOP of onTick for ${Math.round(forMs / 1000)} s${middle}`, forMs);
    await sleep(forMs, undefined, { signal }).catch(() => {});
    this.thaw();
    office.frozen.clear();
    journal.note('SIGCONT of onTick');
  }

  thaw(): void {
    for (const pid of this.#stopped) this.#signal(pid, 'SIGCONT');
    this.#stopped.clear();
  }

  /** kill -9 of a deployed model's server that has traffic. Resolves when it answers again or has none any more. */
  async killPredictor(service: string): Promise<void> {
    const record = endpointOf(this.#world, service);
    const [deployedModel] = [...(record?.trafficSplit ?? [])].find(([, share]) => share > 0) ?? [];
    if (record === null || deployedModel === undefined) return;
    const pid = await predictorPid(deployedModel);
    if (pid === null) return;
    this.#signal(pid, 'SIGKILL');
    const from = Date.now();
    const detail = `kill -9 of the predictor ${deployedModel}`;
    this.#note('kill', service, detail, 0);
    const at = this.outages.push({ service, deployedModel, from, until: null }) - 1;
    const until = await this.#backAgain(service, deployedModel, from);
    this.outages[at] = { service, deployedModel, from, until };
    const how = until === null ? 'is not back' : `is back, or without traffic, after ${until - from} ms`;
    this.#world.journal.note(`${service}: ${deployedModel} ${how}`);
  }

  async #backAgain(service: string, deployedModel: string, from: number): Promise<number | null> {
    let hasBeenDown = false;
    while (Date.now() < from + OUTAGE_MS_MAX) {
      const record = endpointOf(this.#world, service);
      const server = record?.deployments.get(deployedModel)?.server;
      const hasTraffic = (record?.trafficSplit.get(deployedModel) ?? 0) > 0;
      if (server === undefined || !hasTraffic) return Date.now();
      if (!server.healthy) hasBeenDown = true;
      else if (hasBeenDown) return Date.now();
      await sleep(20);
    }
    return null;
  }

  /** Resolves when a tick is at work on something, or after a while; what it is, in words. */
  async #inTheMiddle(signal: AbortSignal): Promise<string> {
    const until = Date.now() + MIDDLE_MS;
    while (Date.now() < until && !signal.aborted) {
      for (const service of this.#world.services) {
        const ledger = ledgerOf(this.#world, service);
        if (ledger?.lease && ledger.pending) return ` in the middle of ${ledger.pending.kind} of ${service}`;
      }
      await sleep(30);
    }
    return '';
  }

  #signal(pid: number, name: NodeJS.Signals): void {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended in the meantime.
    }
  }

  #note(kind: 'kill' | 'freeze', target: string, detail: string, forMs: number): void {
    const from = Date.now();
    this.#world.disturbances.push({ kind, target, detail, from, until: from + forMs });
    this.#world.journal.note(detail);
  }
}

/** The server of a deployed model is known by the environment of Vertex AI's contract. */
async function predictorPid(deployedModel: string): Promise<number | null> {
  const { stdout } = await run('ps', ['axeww', '-o', 'pid=,command='], { maxBuffer: 256 * 1024 ** 2 });
  const line = stdout
    .split('\n')
    .find(
      (text) =>
        /predictor\/main\.[jt]s/.test(text) && text.includes(`AIP_DEPLOYED_MODEL_ID=${deployedModel}`),
    );
  const pid = Number(line?.trim().split(/\s/)[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}
