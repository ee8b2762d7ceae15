/** Probes of a process that stands for a container: its ports on loopback, and commands that its owner allows. */
import { spawn } from 'node:child_process';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import { Client, credentials } from '@grpc/grpc-js';
import type { Clock } from '../core/clock.ts';
import type { ProbeAction } from './container.ts';

type Http = Extract<ProbeAction, { kind: 'http' }>;

/** 200 to 399 is a success, as for Kubernetes. */
export function probeHttp(action: Http, port: number, timeoutMs: number, clock: Clock): Promise<boolean> {
  return within(timeoutMs, clock, (settle) => {
    const send = action.isTls === true ? requestHttps : requestHttp;
    const outgoing = send({
      host: '127.0.0.1',
      port,
      path: action.path,
      headers: Object.fromEntries(action.headers ?? []),
      // Kubernetes checks no certificates of probes.
      rejectUnauthorized: false,
      agent: false,
    });
    outgoing.once('response', (incoming) => {
      incoming.resume();
      settle((incoming.statusCode ?? 0) >= 200 && (incoming.statusCode ?? 0) < 400);
    });
    outgoing.once('error', () => settle(false));
    outgoing.end();
    return () => outgoing.destroy();
  });
}

export function probeTcp(port: number, timeoutMs: number, clock: Clock): Promise<boolean> {
  return within(timeoutMs, clock, (settle) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    return () => socket.destroy();
  });
}

/** grpc.health.v1.Health.Check: 1 is SERVING (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). */
export function probeGrpc(port: number, service: string, timeoutMs: number, clock: Clock): Promise<boolean> {
  return within(timeoutMs, clock, (settle) => {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      () => healthRequest(service),
      (bytes) => bytes.length >= 2 && bytes[0] === 0x08 && bytes[1] === 1,
      service,
      (error, isServing) => settle(error === null && isServing === true),
    );
    return () => client.close();
  });
}

/** HealthCheckRequest: `string service = 1`, of less than 128 bytes. */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service).subarray(0, 127);
  return name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
}

export function probeCommand(
  [program = '', ...args]: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string },
  timeoutMs: number,
  clock: Clock,
): Promise<boolean> {
  return within(timeoutMs, clock, (settle) => {
    const child = spawn(program, args, { ...options, stdio: 'ignore' });
    child.once('error', () => settle(false));
    child.once('exit', (code) => settle(code === 0));
    return () => void child.kill('SIGKILL');
  });
}

/** False when the time is over. `begin` returns what ends it. */
function within(
  timeoutMs: number,
  clock: Clock,
  begin: (settle: (isSuccess: boolean) => void) => () => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    let end = (): void => {};
    const settle = (isSuccess: boolean): void => {
      cancel();
      resolve(isSuccess);
      end();
    };
    const cancel = clock.schedule(timeoutMs, () => settle(false));
    end = begin(settle);
  });
}
