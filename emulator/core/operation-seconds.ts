/** `upload=1,deploy=3,undeploy=1` → seconds by kind. */
import { defaultDurations, type Durations } from '../vertex/durations.ts';

/** Throws an Error that says what was expected. */
export function parseOperationSeconds(text: string): Partial<Durations> {
  const seconds = new Map<string, number>();
  for (const part of text.split(',').filter((p) => p !== '')) {
    const [kind = '', value = ''] = part.split('=');
    if (!Object.hasOwn(defaultDurations, kind)) {
      throw new Error(
        `--lro-seconds: expected one of ${Object.keys(defaultDurations).join(', ')}, got ${kind}`,
      );
    }
    const number = Number(value);
    if (value === '' || !Number.isFinite(number) || number < 0) {
      throw new Error(`--lro-seconds: expected ${kind}=SECONDS, got ${part}`);
    }
    seconds.set(kind, number);
  }
  return Object.fromEntries(seconds);
}
