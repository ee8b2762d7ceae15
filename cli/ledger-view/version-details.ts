/** What Vertex AI tells about a model version beyond what the engine needs of it. */
import type { Clients } from '../../functions/google/clients.ts';
import { calling } from '../../functions/google/call-error.ts';
import { regionOf } from '../../functions/google/resource-region.ts';
import { CallError } from '../../functions/errors.ts';

export interface VersionDetails {
  readonly image: string;
  readonly artifactUri: string;
  /** The artifact's marker and generation, where Slipway uploaded the version. */
  readonly description: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly aliases: readonly string[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Reads one version; null if it is gone. Rejects with a CallError. */
export function versionReader({ models }: Pick<Clients, 'models'>) {
  return async (model: string, version: string): Promise<VersionDetails | null> => {
    try {
      return await calling('GetModel', async () => {
        const [found] = await (
          await models(regionOf(model))
        ).getModel({ name: `${model}@${version}` }, { timeout: 30_000 });
        return {
          image: found.containerSpec?.imageUri ?? '',
          artifactUri: found.artifactUri ?? '',
          description: found.versionDescription ?? '',
          labels: new Map(Object.entries(found.labels ?? {})),
          aliases: found.versionAliases ?? [],
          createdAt: Number(found.versionCreateTime?.seconds ?? 0) * 1000,
        };
      });
    } catch (error) {
      if (error instanceof CallError && error.status === 'NOT_FOUND') return null;
      throw error;
    }
  };
}
