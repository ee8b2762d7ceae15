import { expect, test } from 'vitest';
import { missing, ok, unknown } from '../../../../cli/commands/preflight/finding.ts';
import { report } from '../../../../cli/commands/preflight/report.ts';

test('tells what is missing before what could not be looked at, and counts', () => {
  const text = report([
    unknown('quota', 'cpus', 'permission denied'),
    ok('topic', 'ticks'),
    missing('service', 'run', 'is not enabled', 'gcloud services enable run'),
  ]);
  expect(text.split('\n')).toEqual([
    'missing  service run: is not enabled',
    '         → gcloud services enable run',
    'unknown  quota cpus: permission denied',
    'preflight: 1 ok, 1 missing, 1 unknown',
  ]);
});
