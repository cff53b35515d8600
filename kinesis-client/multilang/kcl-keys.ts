/**
 * Every key of a `.properties` file of the MultiLangDaemon that is a setting here, or has no meaning here; kcl-properties.ts knows
 * the rest, which is what names an application and where it begins. Keys are Java's spelling (MultiLangDaemonConfiguration and
 * the beans inside it, 2.5.4 and 3.1.3).
 */
import type { kinesisClientFields } from '../config';

/** Java's numbers: a long, or an int. Booleans: what commons-beanutils takes for one. */
export interface SettingKey {
  readonly setting: keyof typeof kinesisClientFields;
  readonly type: 'number' | 'boolean';
  /** From its unit to ours. */
  readonly factor?: number;
  /** Java raises lower values to this. */
  readonly raisedTo?: number;
  /** What else it sets. */
  readonly also?: Readonly<Partial<Record<keyof typeof kinesisClientFields, unknown>>>;
  /** In Java an object, not a primitive: a 0 counts there too. */
  readonly isObject?: boolean;
}

export const SETTING_KEYS: Readonly<Record<string, SettingKey>> = {
  failoverTimeMillis: { setting: 'leaseDurationMs', type: 'number' },
  enablePriorityLeaseAssignment: { setting: 'takeVeryOld', type: 'boolean' },
  maxLeasesForWorker: { setting: 'leasesMax', type: 'number' },
  maxLeasesToStealAtOneTime: { setting: 'stealMax', type: 'number' },
  maxLeaseRenewalThreads: { setting: 'leaseWritesParallel', type: 'number' },
  gracefulLeaseHandoffTimeoutMillis: { setting: 'handOffTimeoutMs', type: 'number' },
  schedulerInitializationBackoffTimeMillis: { setting: 'startRetryMaxMs', type: 'number' },
  parentShardPollIntervalMillis: { setting: 'parentPollMs', type: 'number' },
  maxRecords: { setting: 'fetchRecordsMax', type: 'number' },
  idleTimeBetweenReadsInMillis: { setting: 'fetchIdleMs', type: 'number', raisedTo: 200 },
  callProcessRecordsEvenForEmptyRecordList: { setting: 'callWithoutRecords', type: 'boolean' },
  logWarningForTaskAfterMillis: { setting: 'callbackSlowMs', type: 'number', isObject: true },
  timeoutInSeconds: {
    ...{ setting: 'callbackSlowMs', type: 'number', factor: 1_000, isObject: true },
    also: { callbackSlowAction: 'crash' },
  },
  shutdownGraceMillis: { setting: 'stopGraceMs', type: 'number' },
};

const ofTable = (table: string): string[] =>
  ['TableName', 'BillingMode', 'ReadCapacity', 'WriteCapacity', 'PointInTimeRecoveryEnabled', 'DeletionProtectionEnabled', 'Tags'].map((what) => `${table}${what}`); // prettier-ignore

/** Why keys change nothing here, and which they are. */
const WITHOUT_EFFECT: readonly (readonly [why: string, keys: readonly string[]])[] = [
  [
    'there is one process for all shards, and no Java beside it',
    ['executableName', 'processingLanguage', 'maxActiveThreads'],
  ],
  [
    'a lease table is made on demand; such things are set on the table itself',
    [
      ...['initialLeaseTableReadCapacity', 'initialLeaseTableWriteCapacity'],
      ...['leaseTableDeletionProtectionEnabled', 'leaseTablePitrEnabled'],
    ],
  ],
  [
    'shards are listed for an empty table and by the audit, and children are made at the end of their parents',
    [
      ...['shardSyncIntervalMillis', 'ignoreUnexpectedChildShards', 'shardPrioritization'],
      ...['listShardsBackoffTimeInMillis', 'maxListShardsRetryAttempts'],
      'skipShardSyncAtWorkerInitializationIfLeasesExist',
    ],
  ],
  [
    'the lease table is read as a whole, less often when that costs much',
    ['leaseTableScanTotalSegments', 'leaseAssignmentIntervalMillis'],
  ],
  ['rows of ended shards are deleted once their children have begun', ['cleanupLeasesUponShardCompletion']],
  ['a lease is handed over whenever its owner can do so', ['isGracefulLeaseHandoffEnabled']],
  ['what fails is repeated after 1 s, doubling to 30 s', ['taskBackoffTimeMillis']],
  [
    'shards are read by polling: there is no enhanced fan-out',
    [
      ...['retrievalMode', 'consumerArn', 'consumerName', 'registerStreamConsumerRetries', 'retryBackoffMillis'],
      ...['maxDescribeStreamSummaryRetries', 'maxDescribeStreamConsumerRetries'],
    ],
  ],
  [
    'a shard is read as fast as the service allows while it is behind',
    ['millisBehindLatestThresholdForReducedTps', 'retryGetRecordsInSeconds', 'maxGetRecordsThreadPool'],
  ],
  [
    'metrics are for Prometheus',
    ['metricsLevel', 'metricsEnabledDimensions', 'metricsBufferTimeMillis', 'metricsMaxQueueSize'],
  ],
  [
    'the worker speaks the language of Java 2.x and writes no rows of Java 3.x',
    [
      ...['clientVersionConfig', 'migrateAllEntitiesToLeaseTable', 'tableMigrationCompleteBakeTimeSeconds'],
      ...ofTable('coordinatorState'),
      ...ofTable('workerMetrics'),
    ],
  ],
  [
    'leases are shared evenly by their number',
    [
      ...['inMemoryWorkerMetricsCaptureFrequencyMillis', 'workerMetricsReporterFreqInMillis'],
      ...['noOfPersistedMetricsPerWorkerMetrics', 'disableWorkerMetrics', 'maxThroughputPerHostKBps'],
      ...['dampeningPercentage', 'reBalanceThresholdPercentage', 'allowThroughputOvershoot'],
      ...['varianceBalancingFrequency', 'workerMetricsEMAAlpha', 'staleWorkerMetricsEntryCleanupDuration'],
    ],
  ],
  ['it has no effect in Java either', ['validateSequenceNumberBeforeCheckpointing']],
];

const reasonOf = new Map(WITHOUT_EFFECT.flatMap(([why, keys]) => keys.map((key) => [key, why] as const)));

/** The key that a setting stands under, without the bean that it may stand in (`fanoutConfig.consumerName`). */
export const bareKey = (key: string): string => key.replace(/^(fanoutConfig|pollingConfig)\./, '');

/** Why a known key changes nothing here; undefined for one that is not known to. */
export const whyWithoutEffect = (key: string): string | undefined =>
  /^(kinesisClient|dynamoDbClient|cloudWatchClient)\./.test(key)
    ? 'it is an option of the Java SDK; ours are the settings of the section aws'
    : reasonOf.get(bareKey(key));
