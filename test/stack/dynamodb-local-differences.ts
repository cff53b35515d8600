/**
 * Where DynamoDB Local 3.3.0 differs from DynamoDB: the tests of the suites in test/aws that do not hold there, and why. None
 * so far: it is here so that a test that is new has a place to be listed.
 */
import type { Difference } from '../differences';

export const dynamodbLocalDifferences: readonly Difference[] = [];
