/**
 * What a `.properties` file of the MultiLangDaemon means for a worker of this client: options, settings, credentials, and
 * everything that a person should know. Pure; main.ts runs a worker with it.
 */
import { awsFields, type AwsSettings } from '../../runtime/aws-clients';
import type { CredentialSource } from '../../runtime/aws-credentials';
import type { Field } from '../../runtime/config';
import { kinesisClientFields } from '../config';
import type { InitialPosition } from '../leases/plan-shard-sync';
import type { KinesisClientSettings } from '../worker';
import { readCredentials } from './credential-classes';
import { bareKey, SETTING_KEYS, whyWithoutEffect, type SettingKey } from './kcl-keys';
import { parseProperties } from './properties-file';

export interface KclProperties {
  readonly kind: 'properties';
  readonly applicationName: string;
  readonly streamName: string;
  /** Of the lease table, when it is not that of the application. */
  readonly tableName?: string;
  /** A suffix of the boot comes to it. */
  readonly workerName?: string;
  readonly initialPosition: InitialPosition;
  /** Only what the file sets. */
  readonly settings: {
    readonly aws: Partial<AwsSettings>;
    readonly kinesisClient: Partial<KinesisClientSettings>;
  };
  /** In the order in which they are to be tried. */
  readonly credentials: {
    readonly kinesis: readonly CredentialSource[];
    readonly dynamodb: readonly CredentialSource[];
  };
  /** Keys of the Java daemon that change nothing here, each with why. */
  readonly withoutEffect: readonly { readonly key: string; readonly why: string }[];
  /** One sentence each: what a person who comes from the Java daemon would not expect. */
  readonly warnings: readonly string[];
}

/** All of them at once, one sentence each, the line of the file where there is one. */
export interface KclFaults {
  readonly kind: 'faults';
  readonly faults: readonly string[];
}

type AwsKey = 'region' | 'kinesisEndpoint' | 'dynamodbEndpoint';
const AWS_KEYS: Readonly<Record<string, AwsKey>> = {
  regionName: 'region',
  kinesisEndpoint: 'kinesisEndpoint',
  dynamoDBEndpoint: 'dynamodbEndpoint',
};
/** Read by their names below. */
const OPTION_KEYS = [
  ...['applicationName', 'tableName', 'streamName', 'streamArn', 'workerId', 'workerIdentifier'],
  ...['initialPositionInStream', 'initialPositionInStreamExtended'],
];

/** `text`: the whole file. */
export function readKclProperties(text: string): KclProperties | KclFaults {
  return new Reading(text).result();
}

class Reading {
  private readonly faults: string[];
  private readonly warnings: string[] = [];
  private readonly withoutEffect: { key: string; why: string }[] = [];
  private readonly given = new Map<string, { readonly value: string; readonly at: string }>();
  private readonly aws: Partial<Record<AwsKey, string>> = {};
  private readonly kinesisClient: Partial<Record<keyof typeof kinesisClientFields, unknown>> = {};
  private readonly credentials: Partial<Record<'' | 'dynamodb' | 'cloudwatch', readonly CredentialSource[]>> = {};

  constructor(text: string) {
    const { properties, faults } = parseProperties(text);
    this.faults = [...faults];
    for (const { key, value, line } of properties)
      this.given.set(bareKey(key), { value: value.trim(), at: `line ${line}: ${key}` });
  }

  result(): KclProperties | KclFaults {
    for (const key of this.given.keys()) this.readKey(key);
    const [applicationName, stream] = [this.text('applicationName'), this.stream()];
    if (applicationName === undefined) this.faults.push('applicationName must be set');
    const initialPosition = this.initialPosition();
    if (this.credentials[''] === undefined)
      this.warnings.push(
        'AwsCredentialsProvider is not set, which the Java daemon refuses: the chain of the SDK is used',
      );
    if (this.faults.length > 0 || applicationName === undefined || stream === undefined)
      return { kind: 'faults', faults: this.faults };
    const kinesis = this.credentials[''] ?? [{ kind: 'default' }];
    return {
      kind: 'properties',
      applicationName,
      streamName: stream,
      tableName: this.text('tableName'),
      workerName: this.text('workerId') ?? this.text('workerIdentifier'),
      initialPosition,
      settings: { aws: this.aws, kinesisClient: this.kinesisClient as Partial<KinesisClientSettings> },
      credentials: { kinesis, dynamodb: this.credentials.dynamodb ?? kinesis },
      withoutEffect: this.withoutEffect,
      warnings: this.warnings,
    };
  }

  private readKey(key: string): void {
    const { value, at } = this.given.get(key) as { value: string; at: string };
    const setting = Object.hasOwn(SETTING_KEYS, key) ? SETTING_KEYS[key] : undefined;
    const awsKey = Object.hasOwn(AWS_KEYS, key) ? AWS_KEYS[key] : undefined;
    const why = whyWithoutEffect(key);
    const provider = /^awscredentialsprovider(|dynamodb|cloudwatch)$/i.exec(key)?.[1]?.toLowerCase();
    if (setting !== undefined) this.readSetting(setting, value, at);
    else if (awsKey !== undefined) this.readAws(awsKey, value, at);
    else if (provider !== undefined) this.readProvider(provider as '' | 'dynamodb' | 'cloudwatch', value, at);
    else if (why !== undefined) this.readWithoutEffect(key, value, why);
    else if (!OPTION_KEYS.includes(key)) this.warnings.push(`${at} is no key of the MultiLangDaemon`);
  }

  private readSetting(
    { setting, type, factor = 1, raisedTo = 0, also, isObject }: SettingKey,
    value: string,
    at: string,
  ): void {
    const read = type === 'number' ? numberOf(value) : booleanOf(value);
    if (read === undefined) return void this.faults.push(`${at} is ${value}: it must be a ${type}`);
    if (read === 0 && !isObject) this.warnings.push(`${at} is 0, which the Java daemon does not apply`);
    const ours = typeof read === 'number' ? Math.max(read * factor, raisedTo) : read;
    if (typeof read === 'number' && read < raisedTo)
      this.warnings.push(`${at} is ${read}: it is raised to ${raisedTo}`);
    const field: Field<unknown> = kinesisClientFields[setting];
    if (!field.schema.safeParse(ours).success)
      return void this.faults.push(`${at} is ${value}: kinesisClient.${setting} must be ${field.allowed}`);
    Object.assign(this.kinesisClient, { [setting]: ours, ...also });
  }

  private readAws(key: AwsKey, value: string, at: string): void {
    const { schema, allowed } = awsFields[key];
    if (schema.safeParse(value).success) this.aws[key] = value;
    else this.faults.push(`${at} is ${value}: it must be ${allowed}`);
  }

  private readProvider(of: '' | 'dynamodb' | 'cloudwatch', value: string, at: string): void {
    const read = readCredentials(value);
    if (read.kind === 'faults') return void this.faults.push(...read.faults.map((fault) => `${at}: ${fault}`));
    this.credentials[of] = read.sources;
    if (of === 'cloudwatch')
      this.withoutEffect.push({ key: at.replace(/^line \d+: /, ''), why: 'metrics are for Prometheus' });
    const byChain = read.sources.filter(({ kind }) => ['container', 'instance-profile', 'web-identity'].includes(kind));
    if (byChain.length > 0)
      this.warnings.push(`${at}: the chain of the SDK is used, which looks into the environment and the profile first`);
  }

  private readWithoutEffect(key: string, value: string, why: string): void {
    this.withoutEffect.push({ key, why });
    if (key === 'cleanupLeasesUponShardCompletion' && booleanOf(value) === false)
      this.warnings.push(`${key}=false, which the Java daemon does not apply: ${why}`);
    if (key === 'retrievalMode' && value.toUpperCase() === 'FANOUT') this.warnings.push(`${key}=${value}: ${why}`);
  }

  /** The ARN wins, and tells the region. */
  private stream(): string | undefined {
    const arn = this.given.get('streamArn');
    if (arn === undefined || arn.value === '') {
      const name = this.text('streamName');
      if (name === undefined) this.faults.push('streamName or streamArn must be set');
      return name;
    }
    const [, region, name] = /^arn:[\w-]+:kinesis:([a-z0-9-]+):\d{12}:stream\/([\w.-]+)$/.exec(arn.value) ?? [];
    if (region === undefined) this.faults.push(`${arn.at} is ${arn.value}: it must be the ARN of a stream`);
    else if (this.aws.region !== undefined && this.aws.region !== region)
      this.warnings.push(`${arn.at}: its region ${region} is used, not regionName=${this.aws.region}`);
    this.aws.region = region;
    return name;
  }

  /** A time wins. LATEST as in Java, when there is neither. */
  private initialPosition(): InitialPosition {
    const time = this.given.get('initialPositionInStreamExtended');
    const seconds = time === undefined ? undefined : numberOf(time.value);
    if (time !== undefined && seconds === undefined)
      this.faults.push(`${time.at} is ${time.value}: it must be a time in seconds since 1970`);
    if (seconds !== undefined) return { atTimestampMs: seconds * 1_000 };
    const position = this.text('initialPositionInStream')?.toUpperCase() ?? 'LATEST';
    if (position === 'LATEST' || position === 'TRIM_HORIZON') return position;
    this.faults.push(`initialPositionInStream is ${position}: it must be LATEST or TRIM_HORIZON`);
    return 'LATEST';
  }

  /** Undefined when it is not set, or to nothing. */
  private text(key: string): string | undefined {
    return this.given.get(key)?.value || undefined;
  }
}

const numberOf = (value: string): number | undefined => (/^[+-]?\d{1,15}$/.test(value) ? Number(value) : undefined);

/** What commons-beanutils takes for a boolean. */
function booleanOf(value: string): boolean | undefined {
  const lower = value.toLowerCase();
  if (['true', 'yes', 'y', 'on', '1'].includes(lower)) return true;
  return ['false', 'no', 'n', 'off', '0'].includes(lower) ? false : undefined;
}
