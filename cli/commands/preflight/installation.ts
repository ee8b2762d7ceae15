/** What an installation may have otherwise than usual: the variables of Terraform's that names and grants follow from. */
export interface Installation {
  /** Begins the names of functions, accounts, roles and the dead letters (name_prefix). */
  readonly namePrefix: string;
  /** Ends the ids of the custom roles (role_id_suffix). */
  readonly roleIdSuffix: string;
  /** What Vertex AI's agent holds on each serving account (serving_agent_role). */
  readonly servingAgentRole: string;
  /** Resource name of the key that everything is encrypted with (kms_key); null: Google's own. */
  readonly kmsKey: string | null;
  /** Whether there is a console for a team (console). */
  readonly console: boolean;
}

export const USUAL: Installation = {
  namePrefix: 'slipway',
  roleIdSuffix: '',
  servingAgentRole: 'roles/iam.serviceAccountAdmin',
  kmsKey: null,
  console: false,
};
