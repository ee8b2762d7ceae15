/** What an examination of its artifact, or a gate, has found of a release. Pure. */
import type { Instant } from '../../world.ts';
import { causeOf, type Verdict } from '../publish/outcome.ts';
import { keepContract, withoutContract } from './kept-contract.ts';
import type { Release } from './ledger.ts';
import { VERDICTS_MAX } from './parts.ts';
import type { Transition } from './transition.ts';

type Change<T extends Transition['type']> = Extract<Transition, { type: T }>;

export function verified(release: Release, change: Change<'verified'>): Release {
  const { signature, verdict, madeFrom } = change;
  return {
    ...withoutContract(release),
    verified: true,
    examinations: 0,
    lastCause: null,
    ...keepContract(signature, change.interface),
    ...(madeFrom && { madeFrom }),
    ...(verdict !== null && { verdicts: withVerdicts(release, [verdict]) }),
  };
}

/** Only an examination that came further than the last one was no failure. */
export function partlyVerified(release: Release, { files, detail }: Change<'partlyVerified'>): Release {
  if (files > (release.verifiedFiles ?? 0)) return { ...release, examinations: 0, verifiedFiles: files };
  return { ...release, lastCause: causeOf('ARTIFACT_SLOW', detail) };
}

export function incomplete(
  release: Release,
  { againMs, detail }: Change<'artifactIncomplete'>,
  now: Instant,
): Release {
  const lastCause = causeOf('ARTIFACT_INCOMPLETE', detail);
  return { ...release, examinations: 0, notBefore: now + againMs, lastCause };
}

/** Of every gate and step the last one. */
export function withVerdicts(release: Release, verdicts: readonly Verdict[]): Verdict[] {
  const isNew = (old: Verdict) => verdicts.some((v) => v.gate === old.gate && v.step === old.step);
  return [...(release.verdicts ?? []).filter((old) => !isNew(old)), ...verdicts].slice(-VERDICTS_MAX);
}
