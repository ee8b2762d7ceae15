/** The emulator of this repository, asked by Google's client. */
import { startEmulator } from '../../../emulator/server.ts';
import type { Subject } from './world.ts';

const STORE = 'projects/p1/locations/us-central1/featureOnlineStores/online';

export const vertex: Subject = {
  name: 'Vertex AI Feature Store (emulator)',
  lacks: () => null,
  ownTimes: true,
  async start(tables) {
    const emulator = await startEmulator();
    for (const { name, key, rows, time } of tables) {
      const entities = rows.map((row) => {
        const parts = key.map((column) => String(row[column]));
        const values = Object.fromEntries(Object.entries(row).filter(([column]) => !key.includes(column)));
        return [parts, { values, generateTime: time }] as const;
      });
      emulator.vertex.featureStores.write(`${STORE}/featureViews/${name}`, entities);
    }
    return {
      settings: { kind: 'vertex', project: 'p1', region: 'us-central1', featureOnlineStore: 'online' },
      env: { VERTEX_EMULATOR_HOST: new URL(emulator.url).host },
      stop: () => emulator.close(),
    };
  },
};
