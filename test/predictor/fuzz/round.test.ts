/** The fuzz notices what it is there to notice: a server that doubles numbers, with one fault at a time. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { playRound, type RoundResult } from './round.ts';
import type { Subject } from './subject.ts';
import type { Target } from './target.ts';

const FAULTS = {
  none: /^$/,
  'a wrong answer in company': /wrong answer: prediction\[0\]: expected/,
  'an answer too few': /wrong answer: prediction: expected/,
  'a good row refused': /expected 200, got 400/,
  'a bad row taken': /expected 400 for rows/,
  'another row named': /expected one of the rows .* to be named/,
  'a bad row as a fault of ours': /expected 400 .*, got 500/,
  'a reply too many': /a reply that nobody asked for/,
  silence: /no reply within/,
  'a closed connection': /closed the connection|ECONNRESET/,
  'a crash for garbage': /expected 200, 400 or 413, got 502/,
  'a failing health route': /health answered 503/,
  'a late health route': /health waited/,
  'rows left behind': /7 rows are left in the queue/,
  'an error in the log': /unexpected in the log/,
  'an end': /the server ended with code 1/,
} as const;
type Fault = keyof typeof FAULTS;

const doubles: Subject = {
  model: new Uint8Array(),
  mostRows: 4,
  good(draws) {
    const x = draws.whole('x', 1, 1000);
    return { instance: x, answer: x * 2 };
  },
  bad: () => 'text',
};

const servers: Target[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(fault: Fault): Promise<Target> {
  let asked = 0;
  let end: string | null = null;
  const server = createServer((request, response) => {
    void text(request).then(
      (body) => answer(request.url ?? '', body, response),
      // The caller hung up.
      () => {},
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port, got none');

  function send(response: ServerResponse, status: number, body: string): void {
    response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
  }

  function answer(url: string, body: string, response: ServerResponse): void {
    if (url === '/metrics') {
      const left = fault === 'rows left behind' ? 7 : 0;
      send(response, 200, `predictor_queue_rows ${left}\nprocess_resident_memory_bytes 1000000\n`);
    } else if (url === '/health') {
      const status = fault === 'a failing health route' && asked > 10 ? 503 : 200;
      setTimeout(() => send(response, status, '{}'), fault === 'a late health route' ? 400 : 0);
    } else predict(body, response);
  }

  function predict(body: string, response: ServerResponse): void {
    asked += 1;
    const is = (name: Fault): boolean => fault === name && asked > 10;
    if (is('silence')) return;
    if (is('a closed connection')) {
      response.destroy();
      return;
    }
    if (is('an end')) end = 'ended with code 1';
    const instances = instancesOf(body);
    const bad = instances?.findIndex((instance) => typeof instance !== 'number') ?? 0;
    if (instances === null) send(response, fault === 'a crash for garbage' ? 502 : 400, 'no JSON');
    else if (bad !== -1 && !is('a bad row taken')) {
      const named = is('another row named') ? 77 : bad;
      send(response, is('a bad row as a fault of ours') ? 500 : 400, `instances[${named}]`);
    } else if (is('a good row refused')) send(response, 400, 'instances[0]');
    else {
      const predictions = instances.map((x) => Number(x) * 2);
      if (is('a wrong answer in company') && instances.length > 1) predictions[0] = 1;
      if (is('an answer too few')) predictions.pop();
      const reply = JSON.stringify({ predictions });
      send(response, 200, reply);
      if (is('a reply too many')) {
        response.socket?.write(`HTTP/1.1 200 OK\r\ncontent-length: ${reply.length}\r\n\r\n${reply}`);
      }
    }
  }

  const target: Target = {
    port: address.port,
    errors: () => (fault === 'an error in the log' ? ['{"severity":"ERROR","message":"odd"}'] : []),
    ended: () => end,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  servers.push(target);
  return target;
}

function instancesOf(body: string): unknown[] | null {
  try {
    const { instances } = JSON.parse(body);
    return Array.isArray(instances) ? instances : null;
  } catch {
    return null;
  }
}

async function play(fault: Fault): Promise<RoundResult> {
  const target = await serve(fault);
  return playRound(doubles, target, { seed: 3, requests: 200, callers: 4, replyMs: 300, healthMs: 300 });
}

const faults = Object.keys(FAULTS).filter((name): name is Fault => name in FAULTS && name !== 'none');

test.each(faults)('notices %s', async (fault) => {
  const { violations } = await play(fault);
  expect(violations).toContainEqual(expect.stringMatching(FAULTS[fault]));
});

test('a server without a fault has no violation, and was asked in all manners', async () => {
  const { violations, requests, sorts } = await play('none');
  expect(violations).toEqual([]);
  expect(requests).toBeGreaterThanOrEqual(200);
  for (const sort of ['good', 'bad', 'garbage', 'hung up'] as const) expect(sorts[sort]).toBeGreaterThan(0);
});
