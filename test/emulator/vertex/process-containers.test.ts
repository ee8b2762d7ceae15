/** What a process that stands for a container is started with, and how its probes reach it. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { wallClock } from '../../../emulator/core/clock.ts';
import type { LogLine } from '../../../emulator/vertex/container.ts';
import { Processes } from '../../../emulator/vertex/processes.ts';
import { probeGrpc, probeHttp, probeTcp } from '../../../emulator/vertex/process-probe.ts';

const server = fileURLToPath(new URL('../fixtures/model-server.ts', import.meta.url));
const clock = wallClock();
const env = { AIP_HEALTH_ROUTE: '/health', AIP_PREDICT_ROUTE: '/predict', URL: 'http://me:$(AIP_HTTP_PORT)' };

/** A container of the image, whose command is the fixture's with `--own`. */
async function start(spec: { command?: string[]; args?: string[] }, allowed: string[][] = []) {
  const image = { command: ['node', server, '--own'], allowed };
  const processes = new Processes({ clock, images: new Map([['image', image]]) });
  onTestFinished(() => processes.close());
  const lines: LogLine[] = [];
  const container = await processes.start({
    imageUri: 'image',
    command: spec.command ?? [],
    args: spec.args ?? [],
    port: 8000,
    env,
    log: (line) => lines.push(line),
  });
  const probe = (action: Parameters<NonNullable<typeof container.host>['probe']>[0]) =>
    container.host?.probe(action, 2_000, clock);
  await expect.poll(() => probe({ kind: 'tcp', port: 8000 }), { timeout: 10_000 }).toBe(true);
  const ask = async (instance: string): Promise<unknown> => {
    const body = Buffer.from(JSON.stringify({ instances: [instance] }));
    const answer = await container.request({ method: 'POST', path: '/predict', timeoutMs: 5_000, body });
    return JSON.parse(String(answer.body)).predictions[0];
  };
  return { ask, probe, lines };
}

test('arguments and variables refer to the port that the process has', async () => {
  const { ask } = await start({ args: ['--port=$(AIP_HTTP_PORT)', '$$(AIP_HTTP_PORT)'] });
  const argv = await ask('argv');
  const { AIP_HTTP_PORT: port, URL: url } = Object(await ask('env'));
  expect(argv).toEqual(['--own', `--port=${port}`, '$(AIP_HTTP_PORT)']);
  expect(url).toBe(`http://me:${port}`);
});

test('a command that the owner of the machine allows replaces that of the image, any other does not', async () => {
  const command = ['node', server, '--health=$(AIP_HEALTH_ROUTE)'];
  const own = await start({ command, args: ['--more'] }, [command]);
  expect(await own.ask('argv')).toEqual(['--health=/health', '--more']);
  const other = await start({ command });
  expect(await other.ask('argv')).toEqual(['--own']);
  expect(other.lines.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^the command \["node",.* is not run here: slipway.yaml does not name it$/),
  );
});

test('the port that the model names is the one of its process, and commands run where they are allowed', async () => {
  const isOf = (variable: string) => ['node', '-e', `process.exit(process.env.${variable} ? 0 : 1)`];
  const { probe, lines } = await start({}, [isOf('AIP_HTTP_PORT'), isOf('MISSING')]);
  const http = { kind: 'http', port: 8000 } as const;
  expect(await probe({ ...http, path: '/health' })).toBe(true);
  expect(await probe({ ...http, path: '/nowhere' })).toBe(false);
  expect(await probe({ kind: 'exec', command: isOf('AIP_HTTP_PORT') })).toBe(true);
  expect(await probe({ kind: 'exec', command: isOf('MISSING') })).toBe(false);
  expect(await probe({ kind: 'exec', command: ['rm', 'everything'] })).toBe(true);
  expect(lines.at(-1)?.text).toBe(
    'the probe ["rm","everything"] of the model is not run here: slipway.yaml does not name it',
  );
});

test('a port is asked over HTTP, TCP and gRPC within the time', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = silent.address() as AddressInfo;
  expect(await probeTcp(port, 1_000, clock)).toBe(true);
  expect(await probeHttp({ kind: 'http', path: '/' }, port, 50, clock)).toBe(false);
  silent.closeAllConnections();

  const grpc = new Server();
  const serving = new Set(['', 'ready']);
  const bytes = {
    requestDeserialize: (buffer: Buffer) => buffer,
    responseSerialize: (buffer: Buffer) => buffer,
  };
  const path = '/grpc.health.v1.Health/Check';
  const method = {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes.responseSerialize,
  };
  grpc.addService(
    { check: { ...method, ...bytes, responseDeserialize: bytes.requestDeserialize } },
    {
      check: ({ request }: { request: Buffer }, answer: (error: null, reply: Buffer) => void) =>
        answer(null, Buffer.from([0x08, serving.has(request.subarray(2).toString()) ? 1 : 2])),
    },
  );
  const grpcPort = await new Promise<number>((resolve, reject) => {
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  onTestFinished(() => grpc.forceShutdown());
  expect(await probeGrpc(grpcPort, '', 5_000, clock)).toBe(true);
  expect(await probeGrpc(grpcPort, 'ready', 5_000, clock)).toBe(true);
  expect(await probeGrpc(grpcPort, 'loading', 5_000, clock)).toBe(false);
});
