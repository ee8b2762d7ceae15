/** What has been found, for people. */
import type { Finding } from './finding.ts';

/** The report counts the checks that pass, and lists each problem and each failed look with its fix. */
export function report(findings: readonly Finding[]): string {
  const lines: string[] = [];
  for (const state of ['missing', 'unknown'] as const) {
    for (const { check, subject, detail, fix } of findings.filter((finding) => finding.state === state)) {
      lines.push(`${state.padEnd(8)} ${check} ${subject}: ${detail}`);
      if (fix !== null) lines.push(`         → ${fix}`);
    }
  }
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  lines.push(`preflight: ${count('ok')} ok, ${count('missing')} missing, ${count('unknown')} unknown`);
  return lines.join('\n');
}
