/** What a command works with: the configuration, and the world as the functions see it, through the same clients. */
import { loadConfig, type Config, type Service } from '../functions/config/config.ts';
import { lazyClients } from '../functions/google/clients.ts';
import { googleWorld } from '../functions/google/world.ts';
import { parseLedger, type Ledger } from '../functions/release/ledger/ledger.ts';
import { checkRegion } from '../functions/release/ledger/region.ts';
import type { World } from '../functions/world.ts';
import { EXIT, Failure } from './terminal/failure.ts';
import { storageUploads, type Uploads } from './commands/land/uploads.ts';
import { versionReader, type VersionDetails } from './ledger-view/version-details.ts';

export interface Session {
  readonly config: Config;
  readonly world: World;
  /** Used by `land` alone: everything else reads buckets, and writes none. */
  readonly uploads: Uploads;
  /** Of this process, with the addresses of the local stack where that is asked. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly versionDetails: (model: string, version: string) => Promise<VersionDetails | null>;
}

export interface SessionOptions {
  /** Path of slipway.yaml; default: SLIPWAY_CONFIG, or slipway.yaml here. */
  readonly config: string | undefined;
}

/** Throws a ConfigError. `env` tells the clients where to go: googleWorld reads it. */
export function openSession(
  options: SessionOptions,
  env: Readonly<Record<string, string | undefined>>,
): Session {
  const config = loadConfig(options.config === undefined ? env : { ...env, SLIPWAY_CONFIG: options.config });
  return {
    config,
    world: googleWorld(config, env),
    uploads: storageUploads(config, env),
    env,
    versionDetails: versionReader(lazyClients(config, env)),
  };
}

/** Throws a Failure that names the services there are. */
export function serviceNamed({ config }: Session, name: string): Service {
  const service = config.services.get(name);
  if (service !== undefined) return service;
  const known = [...config.services.keys()].join(', ');
  throw new Failure(EXIT.usage, `expected a service of slipway.yaml (${known}), got ${name}`);
}

/** The service's ledger; null: nothing has been asked of it yet. Throws a Problem or a CallError. */
export async function ledgerOf({ world }: Session, service: Service): Promise<Ledger | null> {
  const read = () => world.ledgers.read(service.name);
  // A read asks for the generation first and then for its text: a write in between makes it find nothing.
  const found = (await read()) ?? (await read());
  if (found === null) return null;
  const ledger = parseLedger(found.text, service.name);
  checkRegion(service, ledger);
  return ledger;
}
