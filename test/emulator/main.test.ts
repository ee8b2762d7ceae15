import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

function run(...args: string[]) {
  const main = fileURLToPath(new URL('../../emulator/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('prints what to paste, and ends on Ctrl-C', async () => {
  const child = run('--port=0', '--lro-seconds=deploy=1');
  const [printed] = await once(child.stdout, 'data');
  const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(printed)) ?? [];
  expect(String(printed)).toContain(`export CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM=${url}/`);
  expect(await (await fetch(String(url))).text()).toBe('Ok');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  [['--port=high'], '--port: expected a number from 0 to 65535, got "high"'],
  [['--image=nothing'], '--image: expected URI=COMMAND, got "nothing"'],
  [['--lro-seconds=fly=1'], 'expected one of upload'],
  [['--colour'], "Unknown option '--colour'"],
])('refuses %o in words, with its usage', async (args, words) => {
  const child = run(...args);
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(errors).toContain(words);
  expect(errors).toContain('Usage: npm run emulator');
  expect(errors).not.toContain('    at ');
  expect(code).toBe(1);
});
