/**
 * Where the credentials of an AWS client come from, when it is not the SDK's own chain: as a value, and as options of a client.
 * aws-clients.ts uses it; whoever reads a foreign configuration makes the value.
 */

export type CredentialSource =
  /** The SDK's chain: environment, profile, web identity, container, instance. */
  | { readonly kind: 'default' }
  | { readonly kind: 'environment' }
  /** Of the shared files; without a name AWS_PROFILE, or `default`. */
  | { readonly kind: 'profile'; readonly name?: string }
  | { readonly kind: 'web-identity' }
  | { readonly kind: 'container' }
  | { readonly kind: 'instance-profile' }
  | { readonly kind: 'assume-role'; readonly roleArn: string; readonly sessionName: string };

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface CredentialOptions {
  readonly credentials?: () => Promise<Credentials>;
  readonly profile?: string;
}

/**
 * The sources are tried in their order. What the SDK's chain does by itself is left to it: it looks into the environment before
 * anything else. @throws Error for a role that is to be assumed: that needs a profile (`role_arn`, `source_profile`).
 */
export function credentialOptions(
  sources: readonly CredentialSource[],
  environment: Readonly<Record<string, string | undefined>>,
): CredentialOptions {
  const role = sources.find((source) => source.kind === 'assume-role');
  if (role !== undefined)
    throw new Error(
      `the role ${role.roleArn} must stand in a profile (role_arn, source_profile), and the profile be named`,
    );
  const [first, ...others] = sources;
  if (first?.kind === 'environment' && others.length === 0)
    return { credentials: async () => inEnvironment(environment) };
  if (first?.kind === 'profile') return { profile: first.name ?? environment.AWS_PROFILE ?? 'default' };
  return {};
}

function inEnvironment(environment: Readonly<Record<string, string | undefined>>): Credentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set');
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}
