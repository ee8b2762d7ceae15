/** A bucket of any number of objects, served page by page as Cloud Storage does, with all the metadata it has. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

export interface Listing {
  readonly url: string;
  /** The queries that were asked. */
  readonly asked: URLSearchParams[];
  readonly server: Server;
}

/**
 * `total` markers, of which the one in the middle is the newest. Every other page is empty, as where a glob matches
 * little.
 */
export async function startListing(total: number): Promise<Listing> {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    asked.push(query);
    const page = Number(query.get('pageToken') ?? 0);
    const most = Number(query.get('maxResults') ?? 1000);
    const from = Math.floor(page / 2) * most;
    const size = page % 2 === 1 ? 0 : Math.min(most, total - from);
    const wanted = fieldsOf(query);
    const items = Array.from({ length: size }, (_, i) =>
      partOf(objectOf(from + i, from + i === Math.floor(total / 2)), wanted),
    );
    const isLast = from + most >= total && page % 2 === 1;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ ...(size > 0 && { items }), ...(!isLast && { nextPageToken: String(page + 1) }) }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return { url: `http://127.0.0.1:${address.port}`, asked, server };
}

/** Of `items(name,generation),nextPageToken` name and generation; null: everything. */
function fieldsOf(query: URLSearchParams): ReadonlySet<string> | null {
  const [, fields] = /items\(([^)]*)\)/.exec(query.get('fields') ?? '') ?? [];
  return fields === undefined ? null : new Set(fields.split(','));
}

function partOf(object: object, wanted: ReadonlySet<string> | null): object {
  if (wanted === null) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => wanted.has(name)));
}

/** The whole resource; of it come the `fields` that were asked for. */
function objectOf(n: number, isNewest: boolean): object {
  const name = `churn/job-${n}/model.onnx`;
  const path = encodeURIComponent(name);
  const created = isNewest ? '2026-06-01T00:00:00.000Z' : '2026-01-01T00:00:00.000Z';
  return {
    kind: 'storage#object',
    id: `models/${name}/${n}`,
    selfLink: `https://www.googleapis.com/storage/v1/b/models/o/${path}`,
    mediaLink: `https://storage.googleapis.com/download/storage/v1/b/models/o/${path}?generation=${n + 1}&alt=media`,
    name,
    bucket: 'models',
    generation: String(n + 1),
    metageneration: '1',
    contentType: 'application/octet-stream',
    storageClass: 'STANDARD',
    size: '512',
    md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==',
    crc32c: 'AAAAAA==',
    etag: 'CJ',
    timeCreated: created,
    updated: created,
    timeStorageClassUpdated: created,
  };
}
