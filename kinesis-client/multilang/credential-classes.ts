/**
 * The credentials providers of a `.properties` file of the MultiLangDaemon: a comma list of Java class names of both AWS SDKs, each
 * perhaps with arguments after pipe characters. Pure; runtime/aws-credentials.ts makes clients of what is found here.
 */
import type { CredentialSource } from '../../runtime/aws-credentials';

export type ReadCredentials =
  | { readonly kind: 'sources'; readonly sources: readonly CredentialSource[] }
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

type MakeSource = (args: readonly string[]) => CredentialSource | string;

const plain =
  (kind: Exclude<CredentialSource['kind'], 'profile' | 'assume-role'>): MakeSource =>
  () => ({ kind });
const profile: MakeSource = ([name]) => (name === undefined ? { kind: 'profile' } : { kind: 'profile', name });
/** KCL's own ones take further arguments: `endpoint=URL^region`, `endpointRegion=`, `externalId=`. They go into the profile too. */
const assumeRole: MakeSource = ([roleArn, sessionName]) =>
  roleArn === undefined || sessionName === undefined
    ? 'needs the ARN of a role and the name of a session: CLASS|arn:aws:iam::...|name'
    : { kind: 'assume-role', roleArn, sessionName };

/** Without their packages. The first of each pair is of the AWS SDK for Java 1, the second of 2; of one name both have it. */
const CLASSES: Readonly<Record<string, MakeSource>> = {
  DefaultAWSCredentialsProviderChain: plain('default'),
  DefaultCredentialsProvider: plain('default'),
  EnvironmentVariableCredentialsProvider: plain('environment'),
  ProfileCredentialsProvider: profile,
  InstanceProfileCredentialsProvider: plain('instance-profile'),
  EC2ContainerCredentialsProviderWrapper: plain('container'),
  ContainerCredentialsProvider: plain('container'),
  WebIdentityTokenCredentialsProvider: plain('web-identity'),
  WebIdentityTokenFileCredentialsProvider: plain('web-identity'),
  STSAssumeRoleSessionCredentialsProvider: assumeRole,
  StsAssumeRoleCredentialsProvider: assumeRole,
  KclSTSAssumeRoleSessionCredentialsProvider: assumeRole,
  KclStsAssumeRoleCredentialsProvider: assumeRole,
};

export function readCredentials(value: string): ReadCredentials {
  const read = value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map(readOne);
  if (read.length === 0) return { kind: 'faults', faults: ['names no class'] };
  const faults = read.filter((one) => typeof one === 'string');
  if (faults.length > 0) return { kind: 'faults', faults };
  return { kind: 'sources', sources: read.filter((one) => typeof one !== 'string') };
}

function readOne(text: string): CredentialSource | string {
  const [className = '', ...args] = text.split('|').map((part) => part.trim());
  const name = className.slice(className.lastIndexOf('.') + 1);
  const make = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (make === undefined) return `${className} has no equivalent here; there are ${Object.keys(CLASSES).join(', ')}`;
  const made = make(args);
  return typeof made === 'string' ? `${name} ${made}` : made;
}
