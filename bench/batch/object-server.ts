/**
 * As much of Cloud Storage's JSON API as a batch asks for, over contents that are made as they are read. The emulator keeps
 * whole objects, and reads them whole for each part.
 */
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../../common/free-port.ts';
import { crc32cOf } from '../../emulator/storage/checksums.ts';
import { joined, onDisk, type Content } from './contents.ts';

interface Stored {
  readonly content: Content;
  readonly generation: number;
  readonly crc32c?: string;
}

export class ObjectServer {
  /** By `BUCKET/NAME`. */
  readonly objects = new Map<string, Stored>();
  readonly url: string;
  /** Called before the objects of a prefix are listed. */
  onList: (bucket: string, prefix: string) => void = () => {};
  /** Called when an object is there. */
  onStored: (bucket: string, name: string) => void = () => {};
  readonly #folder: string;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  #writes = 0;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.#server.listen(port, '127.0.0.1');
  }

  /** `folder`: for what is written. */
  static async start(folder: string): Promise<ObjectServer> {
    return new ObjectServer(folder, await freePort());
  }

  set(path: string, content: Content, crc32c?: string): object {
    this.#writes += 1;
    this.objects.set(path, { content, generation: this.#writes, ...(crc32c !== undefined && { crc32c }) });
    const [bucket, name] = split(path);
    this.onStored(bucket, name);
    return this.#resource(path);
  }

  write(path: string, bytes: Buffer): object {
    const file = join(this.#folder, String(this.#writes));
    writeFileSync(file, bytes);
    return this.set(path, onDisk(file), crc32cOf(bytes));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const body = await bodyOf(request);
    const [, isUpload, bucket = '', rest] =
      /^(\/upload)?(?:\/storage\/v1)?\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(pathname) ?? [];
    const send = (resource: object | null) =>
      resource === null
        ? response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"code":404}}')
        : response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(resource));
    if (isUpload !== undefined) {
      const path = `${bucket}/${searchParams.get('name')}`;
      const wanted = searchParams.get('ifGenerationMatch');
      if (wanted !== null && wanted !== String(this.objects.get(path)?.generation ?? 0))
        return void response.writeHead(412).end('{"error":{"code":412}}');
      return void send(this.write(path, uploadedIn(request, body)));
    }
    if (rest === undefined) return void send(this.#list(bucket, searchParams.get('prefix') ?? ''));
    const [, from = '', toBucket, to = ''] = /^([^/]+)\/rewriteTo\/b\/([^/]+)\/o\/([^/]+)$/.exec(rest) ?? [];
    if (toBucket !== undefined) {
      const source = this.objects.get(`${bucket}/${decodeURIComponent(from)}`);
      if (source === undefined) return void send(null);
      const resource = this.set(`${toBucket}/${decodeURIComponent(to)}`, source.content);
      return void send({ done: true, resource });
    }
    const [name = '', verb] = rest.split('/').map(decodeURIComponent);
    const path = `${bucket}/${name}`;
    if (verb === 'compose') {
      const { sourceObjects }: { sourceObjects: { name: string }[] } = JSON.parse(body.toString());
      const parts = sourceObjects.map((source) => this.objects.get(`${bucket}/${source.name}`)?.content);
      return void send(this.set(path, joined(parts.filter((part) => part !== undefined))));
    }
    const found = this.objects.get(path);
    if (found === undefined) return void send(null);
    if (request.method === 'DELETE') {
      this.objects.delete(path);
      return void response.writeHead(204).end();
    }
    if (searchParams.get('alt') !== 'media') return void send(this.#resource(path));
    const [, first = '0', last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const bytes = found.content.read(
      Number(first),
      last === undefined ? found.content.size : Number(last) + 1,
    );
    response.writeHead(last === undefined ? 200 : 206, { 'content-length': bytes.length }).end(bytes);
  }

  #list(bucket: string, prefix: string): object {
    this.onList(bucket, prefix);
    const paths = [...this.objects.keys()].filter((path) => path.startsWith(`${bucket}/${prefix}`));
    return { kind: 'storage#objects', items: paths.map((path) => this.#resource(path)) };
  }

  #resource(path: string): object {
    const stored = this.objects.get(path);
    const [bucket, name] = split(path);
    const at = new Date().toISOString();
    return {
      kind: 'storage#object',
      bucket,
      name,
      generation: String(stored?.generation),
      metageneration: '1',
      size: String(stored?.content.size),
      timeCreated: at,
      updated: at,
      crc32c: stored?.crc32c,
    };
  }
}

function split(path: string): [string, string] {
  const at = path.indexOf('/');
  return [path.slice(0, at), path.slice(at + 1)];
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The second part of a multipart upload. */
function uploadedIn({ headers }: IncomingMessage, body: Buffer): Buffer {
  const [, boundary = ''] = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '') ?? [];
  const second = body.indexOf(`--${boundary}`, boundary.length + 2);
  const start = body.indexOf('\r\n\r\n', second) + 4;
  return body.subarray(start, body.lastIndexOf(`\r\n--${boundary}--`));
}
