/**
 * A stand-in for Feast's feature server that answers as its documentation says
 * (https://docs.feast.dev/reference/feature-servers/python-feature-server). FEAST_URL names a real one, as made by
 * test/support/stores/feast-repository.py.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Cell, Subject, Table } from './world.ts';

export const feast: Subject = {
  name: process.env['FEAST_URL'] === undefined ? 'Feast (stand-in)' : 'Feast',
  lacks: () => null,
  ownTimes: true,
  async start(tables) {
    const real = process.env['FEAST_URL'];
    if (real !== undefined) {
      return {
        settings: { kind: 'feast', url: real, authentication: 'none' },
        env: {},
        stop: async () => {},
      };
    }
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      request.on('end', () => {
        const answer = request.url === '/get-online-features' ? answerTo(tables, JSON.parse(text)) : null;
        response.writeHead(answer === null ? 404 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer ?? { detail: 'FeatureViewNotFoundException' }));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    return {
      settings: { kind: 'feast', url: `http://127.0.0.1:${port}`, authentication: 'none' },
      env: {},
      async stop() {
        server.closeAllConnections();
        server.close();
      },
    };
  },
};

interface Question {
  readonly features: readonly string[];
  readonly entities: Readonly<Record<string, readonly Cell[]>>;
}

function answerTo(tables: readonly Table[], { features, entities }: Question): object | null {
  const [view = ''] = features[0]?.split(':') ?? [];
  const table = tables.find(({ name }) => name === view);
  const names = features.map((feature) => feature.split(':')[1] ?? '');
  if (table === undefined || names.some((name) => !Object.hasOwn(table.rows[0] ?? {}, name))) return null;
  const count = Object.values(entities)[0]?.length ?? 0;
  const rows = Array.from({ length: count }, (_, i) =>
    table.rows.find((row) => Object.entries(entities).every(([name, values]) => row[name] === values[i])),
  );
  const column = (name: string): object => ({
    values: rows.map((row) => row?.[name] ?? null),
    statuses: rows.map((row) =>
      row === undefined ? 'NOT_FOUND' : row[name] === null ? 'NULL_VALUE' : 'PRESENT',
    ),
    event_timestamps: rows.map((row) => (row === undefined ? '1970-01-01T00:00:00Z' : table.time)),
  });
  return { metadata: { feature_names: names }, results: names.map(column) };
}
