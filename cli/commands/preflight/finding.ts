/** What a check has found about one thing that Slipway needs. */
export interface Finding {
  /** The kind of thing: service, grant, bucket, … */
  readonly check: string;
  readonly subject: string;
  /** `unknown`: the caller may not look. */
  readonly state: 'ok' | 'missing' | 'unknown';
  readonly detail: string;
  /** The command, or the Terraform resource, that mends it. Null if nothing is to be mended. */
  readonly fix: string | null;
}

export function ok(check: string, subject: string, detail = ''): Finding {
  return { check, subject, state: 'ok', detail, fix: null };
}

export function missing(check: string, subject: string, detail: string, fix: string): Finding {
  return { check, subject, state: 'missing', detail, fix };
}

export function unknown(check: string, subject: string, detail: string, fix: string | null = null): Finding {
  return { check, subject, state: 'unknown', detail, fix };
}

/** How to make a resource of the module that Terraform owns: by hand it would be in Terraform's way. */
export function terraform(address: string): string {
  return `terraform -chdir=terraform apply   # module.slipway.${address}`;
}
