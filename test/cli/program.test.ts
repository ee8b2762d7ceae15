import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { freePort } from '../../common/free-port.ts';
import { runSlipway } from '../../cli/program.ts';

const CONFIG = fileURLToPath(new URL('../../slipway.yaml', import.meta.url));

async function run(...args: string[]) {
  let stdout = '';
  let stderr = '';
  const env: Record<string, string | undefined> = {};
  const exitCode = await runSlipway(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env,
  });
  return { exitCode, stdout, stderr, env };
}

it('helps on standard output, and names every command', async () => {
  const { exitCode, stdout, stderr } = await run('--help');
  expect([exitCode, stderr]).toEqual([0, '']);
  const commands =
    'status release land watch plan history why features rollback abort promote hold resume rebuild preflight'.split(
      ' ',
    );
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
});

it.each([
  [['stats'], "unknown command 'stats'"],
  [['status', '--loca'], "unknown option '--loca'"],
  [['status', 'a', 'b'], 'too many arguments'],
  [['release'], "missing required argument 'service'"],
  [['release', 'churn', '--artefact', 'gs://b/v1'], "unknown option '--artefact'"],
  [['release', 'churn', '--request-id', 'a b'], 'expected one to forty letters'],
  [['land', 'models'], "required option '--service <name>' not specified"],
  [['land', '/nowhere', '--service', 'breast-cancer', '--config', CONFIG], 'expected a folder, got /nowhere'],
  [['land', '.', '--service', 'nobody', '--config', CONFIG], 'got nobody'],
  [['preflight', '--local'], 'leave out --local'],
  [['rollback'], "missing required argument 'service'"],
  [['promote', 'churn', '--reason', 'x'], "unknown option '--reason'"],
  [['abort', 'churn', '--reason', 'x'.repeat(201)], 'expected at most 200 characters'],
  [['hold', 'churn', '--reason', 'x'.repeat(201)], 'expected at most 200 characters'],
  [['status', '--local=nowhere'], 'expected a URL such as http://127.0.0.1:9400, got nowhere'],
  [['status', '--config', '/nowhere/slipway.yaml'], 'the file cannot be read'],
  [
    ['status', 'nobody', '--config', CONFIG],
    'expected a service of slipway.yaml (breast-cancer), got nobody',
  ],
])('refuses %j with exit code 2', async (args, text) => {
  const { exitCode, stdout, stderr } = await run(...args);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^slipway: /);
  expect(stderr).toContain(text);
});

it.each([
  ['status', '--config', CONFIG, '--local'],
  ['--local', 'status', '--config', CONFIG],
  ['status', '--local', 'breast-cancer', '--config', CONFIG],
])('points every client at the usual address by --local alone: %j', async (...args) => {
  const { env } = await run(...args);
  expect(env).toMatchObject({
    STORAGE_EMULATOR_HOST: 'http://127.0.0.1:9400',
    PUBSUB_EMULATOR_HOST: '127.0.0.1:9400',
    VERTEX_EMULATOR_HOST: '127.0.0.1:9400',
  });
});

it('says with exit code 3 that the local stack is not there', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  for (const command of [['status'], ['plan', 'breast-cancer'], ['watch'], ['why', 'breast-cancer']]) {
    const { exitCode, stderr } = await run(...command, '--local', url, '--config', CONFIG);
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      `slipway: nothing answers at ${url}: start the local stack with "npm start", or give its address by --local=URL\n`,
    );
  }
});
