/** The command: what it refuses, and that Ctrl-C leaves nothing behind. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { family } from './processes.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

it.each([
  [['--minutes', 'soon'], '--minutes: expected a number from 0.1 to 1440, got "soon"'],
  [['--services', '1'], '--services: expected a number from 2 to 12, got "1"'],
])('refuses %s', async (args, sentence) => {
  const ended = promisify(execFile)(process.execPath, [MAIN, ...args]);
  await expect(ended).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
});

it('ends everything that it started when it is interrupted', { timeout: 120_000 }, async () => {
  const child = spawn(process.execPath, [MAIN, '--minutes', '5', '--seed', '3', '--services', '2'], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const below = () => family(child.pid ?? 0);
  // The functions and the second onTick are up, and a model is being served.
  await vi.waitFor(
    async () => {
      const commands = (await below()).map(({ command }) => command);
      expect(commands.filter((command) => command.includes('--target=on'))).toHaveLength(4);
      expect(commands.some((command) => /predictor\/main\.[jt]s/.test(command))).toBe(true);
    },
    { timeout: 90_000, interval: 300 },
  );
  const members = await below();
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  // The trial of a predictor that was killed ends by itself, as soon as it notices that its parent is gone.
  await vi.waitFor(() => expect(members.filter(({ pid }) => isAlive(pid))).toEqual([]), {
    timeout: 15_000,
    interval: 200,
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
