/** Opens the store that the service has. Each is loaded when it is asked for, with the client it needs, and no other. */
import type { StoreSettings } from '../../../common/artifact/feature-settings.ts';
import type { ObjectEvents } from './sqlite-object.ts';
import type { FeatureStore } from './store.ts';

/** Rejects with a StoreError if the store cannot be opened. */
export async function openFeatureStore(settings: StoreSettings, events: ObjectEvents): Promise<FeatureStore> {
  switch (settings.kind) {
    case 'sqlite': {
      const { openSqliteObject } = await import('./sqlite-object.ts');
      return openSqliteObject({ uri: settings.uri, refreshMs: settings.refreshMs, events });
    }
    case 'firestore': {
      const { openFirestore } = await import('./firestore.ts');
      return openFirestore(settings);
    }
    case 'postgres': {
      const { openPostgres } = await import('./postgres.ts');
      return openPostgres(settings);
    }
    case 'vertex': {
      const { openVertex } = await import('./vertex.ts');
      return openVertex(settings);
    }
    case 'feast': {
      const { openFeast } = await import('./feast.ts');
      return openFeast(settings);
    }
    default:
      return settings satisfies never;
  }
}
