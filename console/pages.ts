/**
 * What the browser loads: the files of `ui/`, and lit-html from its package. They hold no data, so a link to a page
 * opens from anywhere; the page then asks for its data.
 */
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const UI = fileURLToPath(new URL('ui/', import.meta.url));
/** lit-html's modules name each other by relative paths, so the browser takes them as they are. */
const LIT = folderOf('lit-html');

/** The addresses of pages; every one is the same document. */
const PAGES = ['/', '/services/:service', '/services/:service/releases/:release'];

/** Not the build for Node, nor the one for development, which the package may resolve to here. */
function folderOf(name: string): string {
  const path = fileURLToPath(import.meta.resolve(name));
  const folder = `/node_modules/${name}/`;
  return path.slice(0, path.replaceAll('\\', '/').lastIndexOf(folder) + folder.length);
}

/** `enter`: the cookie for a token that is right; null: there are no tokens. */
export async function servePages(
  app: FastifyInstance,
  enter: ((token: string) => string | null) | null,
): Promise<void> {
  const document = await readFile(`${UI}index.html`, 'utf8');
  await app.register(fastifyStatic, { root: UI, prefix: '/ui/', index: false, cacheControl: false });
  await app.register(fastifyStatic, {
    root: LIT,
    prefix: '/lit/',
    index: false,
    decorateReply: false,
    allowedPath: (path) =>
      /^\/(?:lit-html|async-directive|directive|directive-helpers|directives\/[a-z-]+)\.js$/.test(path),
  });
  app.get('/favicon.ico', (_request, reply) => reply.redirect('/ui/icon.svg', 301));
  for (const page of PAGES) {
    app.get<{ Querystring: { token?: unknown } }>(page, async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      const { token } = request.query;
      if (typeof token !== 'string' || enter === null)
        return reply.type('text/html; charset=utf-8').send(document);
      const cookie = enter(token);
      // A token that is wrong ends at the page, which says what to do.
      if (cookie !== null) void reply.header('set-cookie', cookie);
      return reply.redirect(request.url.split('?')[0] ?? '/', 303);
    });
  }
}
