import { credentialOptions, type CredentialSource } from './aws-credentials';

describe('the sources of credentials as options of a client', () => {
  it.each<[string, CredentialSource[], Record<string, string>, object]>([
    ['none', [], {}, {}],
    ['the default', [{ kind: 'default' }], {}, {}],
    ['an instance', [{ kind: 'instance-profile' }], {}, {}],
    ['a chain that the SDK has too', [{ kind: 'environment' }, { kind: 'container' }], {}, {}],
    ['a named profile', [{ kind: 'profile', name: 'mine' }], { AWS_PROFILE: 'other' }, { profile: 'mine' }],
    ['the profile of the environment', [{ kind: 'profile' }], { AWS_PROFILE: 'other' }, { profile: 'other' }],
    ['the default profile', [{ kind: 'profile' }], {}, { profile: 'default' }],
  ])('%s', (_what, sources, environment, options) => {
    expect(credentialOptions(sources, environment)).toEqual(options);
  });

  it('the environment and nothing else: what stands there, or an error', async () => {
    const environment: Record<string, string> = {};
    const { credentials } = credentialOptions([{ kind: 'environment' }], environment);
    await expect(credentials?.()).rejects.toThrow(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set/);
    Object.assign(environment, { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' });
    expect(await credentials?.()).toEqual({ accessKeyId: 'id', secretAccessKey: 'key' });
    Object.assign(environment, { AWS_SESSION_TOKEN: 'token' });
    expect(await credentials?.()).toMatchObject({ sessionToken: 'token' });
  });

  it('a role to assume is refused with what to do', () => {
    const role = { kind: 'assume-role', roleArn: 'arn:aws:iam::1:role/r', sessionName: 's' } as const;
    expect(() => credentialOptions([role], {})).toThrow(/arn:aws:iam::1:role\/r must stand in a profile/);
  });
});
