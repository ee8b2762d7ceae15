/** The name of a decision's call, by which its refusals are counted. Pure. */
import type { Action } from '../decisions.ts';
import type { Asked } from './refusal.ts';

/** Under which name refusals of the action's call are counted; null for what calls nothing, or cannot be refused. */
export function askedBy(action: Action): Asked | null {
  switch (action.do) {
    case 'look':
      return `look ${action.at}`;
    case 'verify':
    case 'createEndpoint':
    case 'upload':
    case 'deploy':
    case 'shift':
    case 'judge':
    case 'undeploy':
    case 'deleteVersion':
    case 'announce':
    case 'fence':
    case 'configure':
    case 'mutate':
      return action.do;
    // A copy takes the place of an upload, also in the ledger.
    case 'copy':
      return 'upload';
    case 'moveAliases':
      return 'aliases';
    default:
      return null;
  }
}
