/**
 * The real world, on the official clients. Production and the local stack differ only by where the clients point
 * and whether they need credentials: STORAGE_EMULATOR_HOST, MONITORING_EMULATOR_HOST, LOGGING_EMULATOR_HOST, and what
 * clients.ts reads.
 */
import { randomInt } from 'node:crypto';
import { Storage } from '@google-cloud/storage';
import type { Config, Environment } from '../config/config.ts';
import type { BatchWorld } from '../batch-world.ts';
import type { Clock } from '../world.ts';
import { batchJobs } from './batch-jobs.ts';
import { storedArtifacts } from './artifacts.ts';
import { pubsubBus } from './bus.ts';
import { lazyClients } from './clients.ts';
import { storedFiles } from './files.ts';
import { storedLedgers } from './ledgers.ts';
import { cloudLogging } from './logs.ts';
import { cloudMonitoring } from './monitoring.ts';
import { gatesOf, paced, pacedJobs, shareOf } from './pace.ts';
import { restApi } from './rest.ts';
import { describing } from './schemata.ts';
import { vertexAi } from './vertex.ts';
import { sharedWorkspace } from './workspace.ts';

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    }),
};

/** What `randomInt` draws from: the most that it can. */
const DRAWS = 2 ** 48 - 1;

/** How long Cloud Storage may send nothing (teeny-request: the time starts again with every chunk). */
const SILENCE_MS = 30_000;

export function googleWorld(config: Config, env: Environment = process.env): BatchWorld {
  // The client's own retries are off: a download that meets a 503 would kill the process (storage 8.4.0), and the
  // engine repeats what it may repeat.
  const storage = new Storage({
    projectId: config.project,
    retryOptions: { autoRetry: false },
    timeout: SILENCE_MS,
    ...(env['STORAGE_EMULATOR_HOST'] && { apiEndpoint: env['STORAGE_EMULATOR_HOST'] }),
  });
  const clients = lazyClients(config, env);
  const share = shareOf(config.instances);
  const gates = gatesOf(share);
  return {
    vertex: paced(describing(vertexAi(clients, config), storage, config.stateBucket), clock, share, gates),
    batch: {
      jobs: pacedJobs(batchJobs(clients.jobs, config), clock, gates),
      files: storedFiles(storage),
      workspace: sharedWorkspace(),
    },
    ledgers: storedLedgers(storage, config.stateBucket),
    artifacts: storedArtifacts(storage),
    bus: pubsubBus(clients.publisher, config),
    monitoring: cloudMonitoring(
      restApi('monitoring.googleapis.com', env['MONITORING_EMULATOR_HOST']),
      config,
    ),
    logs: cloudLogging(restApi('logging.googleapis.com', env['LOGGING_EMULATOR_HOST']), config),
    clock,
    // Secrets are drawn from it too.
    random: () => randomInt(DRAWS) / DRAWS,
  };
}
