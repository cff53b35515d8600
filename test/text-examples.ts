/**
 * Texts that a pattern or a format of the core schemas or of the public registry lets pass, and texts that it just does not: finding them is too much
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
const criterion: Examples = {
  good: ['iglu:com.acme/a/jsonschema/1-0-*', 'iglu:com.acme/a/jsonschema/*-*-*', igluUri],
  bad: ['iglu:com.acme/a/jsonschema/0-0-0', 'iglu:com.acme/a/jsonschema/1-01-0', 'iglu:com.acme/a/jsonschema/1-**-0'],
};
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
  '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$': {
    good: ['YWJj', 'YWI=', 'YQ==', 'YWJjYWI='],
    bad: ['', 'YWJ', 'YQ=', 'YW-j'],
  },
  '^\\$.*$': { good: ['$', '$.a.b'], bad: ['a$', ' $', '$a\nb'] },
  '^iglu:([a-zA-Z0-9-_.]+)/([a-zA-Z0-9-_]+)/([a-zA-Z0-9-_]+)/([1-9][0-9]*|\\*)-((?:0|[1-9][0-9]*)|\\*)-((?:0|[1-9][0-9]*)|\\*)$':
    criterion,
  '^iglu:[a-zA-Z0-9-_.]+/[a-zA-Z0-9-_]+/[a-zA-Z0-9-_]+/([1-9][0-9]*|\\*)-((?:0|[1-9][0-9]*)|\\*)-((?:0|[1-9][0-9]*)|\\*)$':
    criterion,
  '^sp_[A-Za-z2-7]{26}$': {
    good: [`sp_${'aZ2'.repeat(9).slice(1)}`],
    bad: [`sp_${'a'.repeat(25)}`, `sp_${'1'.repeat(26)}`],
  },
  '^iglu:([a-zA-Z0-9-_.]+)/([a-zA-Z0-9-_]+)/([a-zA-Z0-9-_]+)/([1-9][0-9]*(?:-(?:0|[1-9][0-9]*)){2})$': {
    good: [igluUri, 'iglu:a/b/c/10-0-99'],
    bad: ['iglu:a/b/c/0-0-0', 'iglu:a/b/c/1-00-0', 'iglu:a/b/c/1-0', 'iglu:a/b.c/d/1-0-0'],
  },
  '^[a-zA-Z0-9-]+$': { good: ['a-Z9'], bad: ['', 'a_b'] },
  '^[A-Za-z0-9_-]+$': { good: ['a-Z_9'], bad: ['', 'a.b'] },
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}\\.[0-9]{3}$': { good: ['2024-01-01.000'], bad: ['2024-01-01', '2024-01-01x000'] },
  '^[0-9.]+x[0-9.]+$': { good: ['1x1', '10.5x.'], bad: ['x1', '1X1', '-1x1'] },
  '-?[0-9]+(?:\\.[0-9+])?,-?[0-9]+(?:\\.[0-9+])?': {
    good: ['1,2', 'at -1.5,-2 or so'],
    bad: ['1;2', ',1', '1.55,2'.slice(0, 5)],
  },
  '^[a-zA-Z0-9\\.]+$': { good: ['a.b9'], bad: ['', 'a-b'] },
  '\\d+\\.\\d+\\.\\d+-?.*': { good: ['1.2.3', 'v1.20.3-rc'], bad: ['1.2', '1.2.x'] },
  '^s3://': { good: ['s3://b'], bad: ['S3://b', ' s3://b'] },
  '^iglu:[a-zA-Z0-9-_.]+/[a-zA-Z0-9-_]+/[a-zA-Z0-9-_]+/[1-9]+-[0-9]+-[0-9]+$': {
    good: [igluUri],
    bad: ['iglu:a/b/c/10-0-0'],
  },
  '^\\$[A-Z0-9-_]+': { good: ['$A', '$9-_x'], bad: ['$', 'A', '$a'] },
  '^[0-9.]+/[0-9.]+$': { good: ['1/2', './.'], bad: ['1', '1/2/3'] },
  '^(0|[1-9][0-9]{0,1})\\.(0|[1-9][0-9]{0,1})\\.(0|[1-9][0-9]{0,1})(-rc[0-9]{1,2}){0,1}$': {
    good: ['0.1.20', '1.0.0-rc1'],
    bad: ['01.0.0', '1.0', '1.0.0-rc', '1.0.100'],
  },
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
  date: { good: ['2024-02-29', '1999-12-31'], bad: ['2024-13-01', '2024-1-1', '2024-02-29T00:00:00Z'] },
  email: { good: ['a@acme.com', 'a.b+c@mail.acme.de'], bad: ['a', '@acme.com', 'a b@acme.com', 'a@acme..com'] },
  ipv4: { good: ['192.0.2.1', '0.0.0.0'], bad: ['192.0.2', '192.0.2.256', '::1'] },
  ipv6: { good: ['::1', '2001:db8::8:800:200c:417a'], bad: ['192.0.2.1', '1::2::3', ':::'] },
  hostname: { good: ['acme.com', 'a'], bad: ['-a', 'a..b', 'a_b', ''] },
  // Ignored, as every format that is not in the list.
  'strict-uri': { good: ['anything', ''], bad: [] },
};
