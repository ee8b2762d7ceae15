/**
 * Server-sent events: every tab hears of the rows that have changed. A tab that does not read is let go of before it
 * costs memory.
 */
import type { FastifyReply } from 'fastify';
import type { News, Reader } from './reader/reader.ts';

/** How often an idle connection says that it lives, in ms: a proxy closes what is silent for a minute. */
const BEAT_MS = 15_000;
/** What may wait for a tab that does not read, in bytes. */
const BACKLOG_BYTES = 1_048_576;
/** How soon a tab asks again after its connection was lost, in ms. */
const RETRY_MS = 1_000;

/** Answers with the stream until the tab goes, or `close` is called. */
export interface Live {
  stream(reply: FastifyReply): void;
  close(): void;
}

export function openLive(reader: Reader): Live {
  const open = new Set<() => void>();
  return {
    stream(reply) {
      const headers = reply.getHeaders();
      reply.hijack();
      const { raw } = reply;
      const send = (text: string): void => {
        if (raw.writableLength > BACKLOG_BYTES) end();
        else raw.write(text);
      };
      const unwatch = reader.watch((news: News) => send(`event: news\ndata: ${JSON.stringify(news)}\n\n`));
      const beat = setInterval(() => send(': beat\n\n'), BEAT_MS);
      const end = (): void => {
        clearInterval(beat);
        unwatch();
        open.delete(end);
        raw.destroy();
      };
      open.add(end);
      raw.on('close', end);
      raw.writeHead(200, {
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      send(`retry: ${RETRY_MS}\nevent: open\ndata: {}\n\n`);
    },
    close() {
      for (const end of open) end();
    },
  };
}
