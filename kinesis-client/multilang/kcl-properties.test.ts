import { readKclProperties, type KclProperties } from './kcl-properties';

const required = [
  'applicationName = app',
  'streamName = events',
  'AwsCredentialsProvider = DefaultCredentialsProvider',
];
const withLines = (...lines: string[]): string => [...required, ...lines].join('\n');

function read(...lines: string[]): KclProperties {
  const result = readKclProperties(withLines(...lines));
  if (result.kind === 'faults') throw new Error(result.faults.join('\n'));
  return result;
}
function faultsOf(text: string): readonly string[] {
  const result = readKclProperties(text);
  return result.kind === 'faults' ? result.faults : [];
}

/** Every key of the Java daemon's, each with a value as its users write them; what is not set here is in `required`. */
const everyKey = `
# identity
tableName = leases
streamArn = arn:aws:kinesis:eu-west-1:123456789012:stream/clicks
workerId = box-7
regionName = eu-west-1
kinesisEndpoint = http://localhost:4567
dynamoDBEndpoint = http://localhost:8000
# process
executableName = node app.js
processingLanguage = nodejs/20
maxActiveThreads = 0
shutdownGraceMillis = 15000
timeoutInSeconds = 300
# credentials
AwsCredentialsProviderDynamoDB = EnvironmentVariableCredentialsProvider
AwsCredentialsProviderCloudWatch = DefaultCredentialsProvider
# start
initialPositionInStream = TRIM_HORIZON
initialPositionInStreamExtended = 1636609142
# leases
failoverTimeMillis = 20000
leaseAssignmentIntervalMillis = 20000
enablePriorityLeaseAssignment = false
maxLeasesForWorker = 40
maxLeasesToStealAtOneTime = 5
maxLeaseRenewalThreads = 20
initialLeaseTableReadCapacity = 10
initialLeaseTableWriteCapacity = 10
leaseTableDeletionProtectionEnabled = true
leaseTablePitrEnabled = true
leaseTableScanTotalSegments = 4
cleanupLeasesUponShardCompletion = true
isGracefulLeaseHandoffEnabled = true
gracefulLeaseHandoffTimeoutMillis = 20000
# sync
shardSyncIntervalMillis = 60000
ignoreUnexpectedChildShards = false
listShardsBackoffTimeInMillis = 1500
maxListShardsRetryAttempts = 50
parentShardPollIntervalMillis = 10000
shardPrioritization = none
skipShardSyncAtWorkerInitializationIfLeasesExist = true
schedulerInitializationBackoffTimeMillis = 2000
# processing
callProcessRecordsEvenForEmptyRecordList = true
taskBackoffTimeMillis = 500
logWarningForTaskAfterMillis = 30000
validateSequenceNumberBeforeCheckpointing = true
# retrieval
retrievalMode = POLLING
maxRecords = 5000
idleTimeBetweenReadsInMillis = 250
millisBehindLatestThresholdForReducedTps = 1000
retryGetRecordsInSeconds = 1
maxGetRecordsThreadPool = 4
fanoutConfig.consumerArn = arn
fanoutConfig.consumerName = me
fanoutConfig.maxDescribeStreamSummaryRetries = 1
fanoutConfig.maxDescribeStreamConsumerRetries = 1
fanoutConfig.registerStreamConsumerRetries = 1
fanoutConfig.retryBackoffMillis = 1
# metrics
metricsLevel = NONE
metricsEnabledDimensions = ShardId
metricsBufferTimeMillis = 1
metricsMaxQueueSize = 1
# 3.x
clientVersionConfig = CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X
migrateAllEntitiesToLeaseTable = false
tableMigrationCompleteBakeTimeSeconds = 1
${['coordinatorState', 'workerMetrics']
  .flatMap((table) => ['TableName', 'BillingMode', 'ReadCapacity', 'WriteCapacity', 'PointInTimeRecoveryEnabled', 'DeletionProtectionEnabled', 'Tags'].map((what) => `${table}${what} = x`))
  .join('\n')}
inMemoryWorkerMetricsCaptureFrequencyMillis = 1
workerMetricsReporterFreqInMillis = 1
noOfPersistedMetricsPerWorkerMetrics = 1
disableWorkerMetrics = false
maxThroughputPerHostKBps = 1
dampeningPercentage = 1
reBalanceThresholdPercentage = 1
allowThroughputOvershoot = true
varianceBalancingFrequency = 1
workerMetricsEMAAlpha = 0.5
staleWorkerMetricsEntryCleanupDuration = PT1H
# the Java SDK
kinesisClient.httpClientBuilder.maxConcurrency = 10
dynamoDbClient.endpointOverride = http://localhost:1
cloudWatchClient.endpointOverride = http://localhost:1
`; // prettier-ignore

const withEffect = [
  ...['tableName', 'streamArn', 'workerId', 'regionName', 'kinesisEndpoint', 'dynamoDBEndpoint', 'shutdownGraceMillis'],
  ...[
    'timeoutInSeconds',
    'AwsCredentialsProviderDynamoDB',
    'initialPositionInStream',
    'initialPositionInStreamExtended',
  ],
  ...['failoverTimeMillis', 'enablePriorityLeaseAssignment', 'maxLeasesForWorker', 'maxLeasesToStealAtOneTime'],
  ...['maxLeaseRenewalThreads', 'gracefulLeaseHandoffTimeoutMillis', 'parentShardPollIntervalMillis'],
  ...['schedulerInitializationBackoffTimeMillis', 'callProcessRecordsEvenForEmptyRecordList'],
  ...['logWarningForTaskAfterMillis', 'maxRecords', 'idleTimeBetweenReadsInMillis'],
];

describe('a .properties file of the MultiLangDaemon', () => {
  it('#63 with every key is accepted: each is a setting here, or is listed with why it is none', () => {
    const result = read(everyKey);
    expect(result).toMatchObject({
      applicationName: 'app',
      streamName: 'clicks',
      tableName: 'leases',
      workerName: 'box-7',
      initialPosition: { atTimestampMs: 1_636_609_142_000 },
      credentials: { kinesis: [{ kind: 'default' }], dynamodb: [{ kind: 'environment' }] },
      warnings: [],
    });
    expect(result.settings).toEqual({
      aws: { region: 'eu-west-1', kinesisEndpoint: 'http://localhost:4567', dynamodbEndpoint: 'http://localhost:8000' },
      kinesisClient: {
        leaseDurationMs: 20_000,
        takeVeryOld: false,
        leasesMax: 40,
        stealMax: 5,
        leaseWritesParallel: 20,
        handOffTimeoutMs: 20_000,
        startRetryMaxMs: 2_000,
        parentPollMs: 10_000,
        fetchRecordsMax: 5_000,
        fetchIdleMs: 250,
        callWithoutRecords: true,
        callbackSlowMs: 30_000,
        callbackSlowAction: 'crash',
        stopGraceMs: 15_000,
      },
    });
    const keys = everyKey.split('\n').flatMap((line) => /^(\S+) = /.exec(line)?.[1] ?? []);
    const listed = result.withoutEffect.map(({ key }) => key);
    expect(keys.filter((key) => !listed.includes(key.replace('fanoutConfig.', '')))).toEqual(withEffect);
    expect(result.withoutEffect.filter(({ why }) => why.length < 10)).toEqual([]);
  });

  it('#63 with keys that nobody knows is accepted, each warned of with its line', () => {
    const { warnings } = read('failoverTimeMilis = 1', 'kinesis = 2', 'toString = 3', 'streamname = x');
    expect(warnings).toEqual([
      'line 4: failoverTimeMilis is no key of the MultiLangDaemon',
      'line 5: kinesis is no key of the MultiLangDaemon',
      'line 6: toString is no key of the MultiLangDaemon',
      'line 7: streamname is no key of the MultiLangDaemon',
    ]);
  });

  it.each([
    ['AWSCredentialsProvider', 'DefaultAWSCredentialsProviderChain', [{ kind: 'default' }]],
    ['AwsCredentialsProvider', 'DefaultCredentialsProvider', [{ kind: 'default' }]],
    ['awscredentialsprovider', 'com.amazonaws.auth.EnvironmentVariableCredentialsProvider', [{ kind: 'environment' }]],
    ['AwsCredentialsProvider', 'ProfileCredentialsProvider|mine', [{ kind: 'profile', name: 'mine' }]],
    ['AwsCredentialsProvider', 'ProfileCredentialsProvider', [{ kind: 'profile' }]],
    ['AWSCredentialsProvider', 'InstanceProfileCredentialsProvider', [{ kind: 'instance-profile' }]],
    ['AWSCredentialsProvider', 'EC2ContainerCredentialsProviderWrapper', [{ kind: 'container' }]],
    ['AwsCredentialsProvider', 'ContainerCredentialsProvider', [{ kind: 'container' }]],
    ['AWSCredentialsProvider', 'WebIdentityTokenCredentialsProvider', [{ kind: 'web-identity' }]],
    ['AwsCredentialsProvider', 'WebIdentityTokenFileCredentialsProvider', [{ kind: 'web-identity' }]],
    [
      'AWSCredentialsProvider',
      'KclSTSAssumeRoleSessionCredentialsProvider|arn:aws:iam::1:role/r|me|externalId=x|endpoint=https://sts^eu-west-1',
      [{ kind: 'assume-role', roleArn: 'arn:aws:iam::1:role/r', sessionName: 'me' }],
    ],
    [
      'AwsCredentialsProvider',
      'EnvironmentVariableCredentialsProvider, software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider',
      [{ kind: 'environment' }, { kind: 'container' }],
    ],
  ])('#63 takes both spellings of %s and both families of classes: %s', (key, value, kinesis) => {
    const result = readKclProperties(`applicationName=a\nstreamName=s\n${key} = ${value}`);
    expect(result).toMatchObject({ kind: 'properties', credentials: { kinesis, dynamodb: kinesis } });
  });

  it.each([
    [
      'an unknown class',
      'DefaultCredentialsProvider,com.acme.MyProvider',
      'com.acme.MyProvider has no equivalent here',
    ],
    [
      'what only Java has',
      'SystemPropertiesCredentialsProvider',
      'SystemPropertiesCredentialsProvider has no equivalent',
    ],
    ['a role without its name', 'StsAssumeRoleCredentialsProvider', 'StsAssumeRoleCredentialsProvider needs the ARN'],
    ['nothing', ' , ', 'names no class'],
  ])('#63 refuses %s among the credentials', (_what, value, fault) => {
    const [only] = faultsOf(`applicationName=a\nstreamName=s\nAwsCredentialsProvider=${value}`);
    expect(only).toContain(`line 3: AwsCredentialsProvider: ${fault}`);
  });

  it('tells all its faults at once', () => {
    const text = ['failoverTimeMillis=soon', 'maxRecords=20000', 'dynamoDBEndpoint=here', 'initialPositionInStream=MIDDLE', 'x=\\u1', 'enablePriorityLeaseAssignment=perhaps'].join('\n'); // prettier-ignore
    expect(faultsOf(text)).toEqual([
      'line 5: \\u needs four hexadecimal digits',
      'line 1: failoverTimeMillis is soon: it must be a number',
      'line 2: maxRecords is 20000: kinesisClient.fetchRecordsMax must be an integer, from 1 to 10000',
      'line 3: dynamoDBEndpoint is here: it must be an http:// or https:// URL, or empty',
      'line 6: enablePriorityLeaseAssignment is perhaps: it must be a boolean',
      'streamName or streamArn must be set',
      'applicationName must be set',
      'initialPositionInStream is MIDDLE: it must be LATEST or TRIM_HORIZON',
    ]);
  });

  it.each([
    ['nothing', [], 'LATEST'],
    ['a position', ['initialPositionInStream = trim_horizon'], 'TRIM_HORIZON'],
    ['a time in seconds, which wins', ['initialPositionInStream=LATEST', 'initialPositionInStreamExtended=12'], { atTimestampMs: 12_000 }], // prettier-ignore
  ])('begins where %s says', (_what, lines, position) => {
    expect(read(...lines).initialPosition).toEqual(position);
  });

  it('honours a 0 and a false that the Java daemon does not apply, and says so', () => {
    const { settings, warnings } = read('idleTimeBetweenReadsInMillis=0', 'cleanupLeasesUponShardCompletion=false');
    expect(settings.kinesisClient).toEqual({ fetchIdleMs: 200 });
    expect(warnings).toEqual([
      'line 4: idleTimeBetweenReadsInMillis is 0, which the Java daemon does not apply',
      'line 4: idleTimeBetweenReadsInMillis is 0: it is raised to 200',
      expect.stringMatching(/^cleanupLeasesUponShardCompletion=false, which the Java daemon does not apply: rows/),
    ]);
  });

  it('warns of what a person who comes from Java would not expect', () => {
    expect(read('retrievalMode=FANOUT').warnings).toEqual([expect.stringContaining('no enhanced fan-out')]);
    expect(read('AwsCredentialsProviderDynamoDB=InstanceProfileCredentialsProvider').warnings).toEqual([
      expect.stringContaining('the chain of the SDK is used'),
    ]);
    const arn = read('streamArn=arn:aws-cn:kinesis:cn-north-1:123456789012:stream/x', 'regionName=us-east-1');
    expect([arn.settings.aws.region, arn.warnings]).toEqual([
      'cn-north-1',
      [expect.stringContaining('not regionName')],
    ]);
    const without = readKclProperties('applicationName=a\nstreamName=s');
    expect(without).toMatchObject({ warnings: [expect.stringContaining('AwsCredentialsProvider is not set')] });
  });

  it('strips the white space around values, and takes the last of a key that comes twice', () => {
    expect(read('workerIdentifier = one  ', 'workerIdentifier = two \t').workerName).toBe('two');
    expect(read('pollingConfig.maxRecords = 7').settings.kinesisClient).toEqual({ fetchRecordsMax: 7 });
    expect(faultsOf(withLines('streamArn = nothing such'))).toEqual([
      'line 4: streamArn is nothing such: it must be the ARN of a stream',
    ]);
  });
});
