/** Whether everybody holds the roles they need. */
import { Type, type Static } from 'typebox';
import type { Blueprint } from './blueprint.ts';
import { missing, ok, unknown, type Finding } from './finding.ts';
import { fetchResource, type Send } from './google.ts';
import { guarded, type Guarded } from './wanted-grants.ts';

/** https://cloud.google.com/iam/docs/reference/rest/v1/Policy */
const Policy = Type.Object({
  bindings: Type.Optional(
    Type.Array(Type.Object({ role: Type.String(), members: Type.Optional(Type.Array(Type.String())) })),
  ),
});

export async function checkGrants(send: Send, plan: Blueprint): Promise<Finding[]> {
  const found = await Promise.all(guarded(plan).map((resource) => checkPolicy(send, resource)));
  return found.flat();
}

export async function checkPolicy(send: Send, { resource, policy, grants }: Guarded): Promise<Finding[]> {
  const found = await fetchResource(send, Policy, policy);
  return grants.map(({ role, member, fix }) => {
    const subject = `${member} on ${resource}`;
    if (found.is === 'hidden') return unknown('grant', subject, found.why);
    if (found.is === 'absent') return missing('grant', subject, `${resource} is not there`, fix);
    if (holds(found.value, role, member)) return ok('grant', subject, role);
    return missing('grant', subject, `has no ${role}`, fix);
  });
}

function holds({ bindings = [] }: Static<typeof Policy>, role: string, member: string): boolean {
  return bindings.some((binding) => binding.role === role && binding.members?.includes(member));
}
