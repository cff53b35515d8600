/**
 * Texts that a pattern or a format of the core schemas lets pass, and texts that it just does not: finding them is too much
 * for a generator. Used by schema-instances.ts.
 */
import type { Random } from '../runtime/random';

export interface Examples {
  readonly good: readonly string[];
  readonly bad: readonly string[];
  /** Others that pass. */
  readonly draw?: (random: Random) => string;
}
const uuid = '6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11';
const drawUuid = (random: Random): string => random.uuid();
const igluUri = 'iglu:com.acme/some_event/jsonschema/1-0-0';
export const patternExamples: Readonly<Record<string, Examples>> = {
  '^iglu:[a-zA-Z0-9-_.]+/[a-zA-Z0-9-_]+/[a-zA-Z0-9-_]+/[0-9]+-[0-9]+-[0-9]+$': {
    good: [igluUri, 'iglu:a_B-1.c/D_e-2/f/0-01-10'],
    bad: [`x${igluUri}`, `${igluUri}x`, igluUri.slice(0, -2), 'iglu:com.acme/a.b/jsonschema/1-0-0', 'iglu:ä/b/c/1-0-0'],
    draw: (random) => `iglu:com.acme/event_${random.integer(1_000)}/jsonschema/1-0-${random.integer(100)}`,
  },
  '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$|^[0-9a-f]{16}$': {
    good: [uuid, '0123456789abcdef'],
    bad: [uuid.toUpperCase(), `${uuid}0`, `0${uuid}`, uuid.replaceAll('-', ''), '0123456789abcde', '0123456789abcdef0'],
    draw: drawUuid,
  },
  '^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$': {
    good: [uuid, uuid.toUpperCase()],
    bad: [`${uuid}0`, `0${uuid}`, uuid.replaceAll('-', ''), uuid.replace('f', 'g')],
    draw: drawUuid,
  },
  '^(\\d+\\.\\d+\\.\\d+.*)$': {
    good: ['0.1.0', '10.20.30-rc1+b'],
    bad: ['1.0', 'v1.0.0', '1..0', '1.0.x', '1.0.0\nx'],
  },
  '^[a-zA-Z0-9-_.]+$': { good: ['com.acme', 'A-b_9'], bad: ['com acme', 'com/acme', 'ä'] },
  '^[a-zA-Z0-9-_]+$': { good: ['some_event', 'A-9'], bad: ['a.b', 'a b', 'a/b'] },
  '^[0-9]+-[0-9]+-[0-9]+$': { good: ['1-0-0', '10-02-3'], bad: ['1-0', '1-0-0-0', '1.0.0', 'v1-0-0'] },
};
export const formatExamples: Readonly<Record<string, Examples>> = {
  uuid: {
    good: [uuid, uuid.toUpperCase()],
    bad: [`${uuid}0`, uuid.replaceAll('-', ''), uuid.replace('f', 'g')],
    draw: drawUuid,
  },
  'date-time': {
    good: ['2024-01-01T00:00:00.000Z', '2024-02-29T23:59:59+01:00'],
    bad: ['2024-01-01', '2024-01-01 00:00:00', '2024-01-01T00:00:00', '2023-02-29T00:00:00Z'],
  },
  uri: {
    good: ['https://acme.com/a?b=c#d', 'mailto:a@acme.com'],
    bad: ['/a', 'https://acme.com/a b', 'https://ä.com'],
    draw: (random) => `https://acme.com/${random.uuid()}`,
  },
};
