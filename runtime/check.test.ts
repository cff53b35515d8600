import { atLeast, atMost, checkLine, checkTable, figure } from './check';

describe('a check', () => {
  it.each([
    [atMost(5, 'moves', 5, ''), true],
    [atMost(5, 'moves', 6, ''), false],
    [atMost(5, 'moves', Infinity, ''), false],
    [atLeast(0.8, 'speed', 0.8, ''), true],
    [atLeast(0.8, 'speed', 0.79, ''), false],
    [figure('units', 123, ''), true],
  ])('%j holds: %s', ({ holds }, expected) => {
    expect(holds).toBe(expected);
  });

  it('is a line of a table, with its bar, and says so when it does not hold', () => {
    const checks = [
      figure('units', 123.45, 'units/s'),
      atMost(16, 'take-over', 16.64, 's'),
      atLeast(1, 'speed', 2, ''),
    ];
    expect(checkTable(checks).split('\n')).toEqual([
      'units             123 units/s',
      'take-over        16.6 s             at most 16  DOES NOT HOLD',
      'speed               2               at least 1',
      '',
    ]);
  });

  it('that never happened says never, and null to a program', () => {
    const checks = [atMost(16, 'take-over', Infinity, 's')];
    expect(checkTable(checks)).toBe('take-over       never s             at most 16  DOES NOT HOLD\n');
    expect(JSON.parse(checkLine('leases', checks))).toEqual({
      name: 'leases',
      checks: [{ name: 'take-over', value: null, unit: 's', bar: { atMost: 16 }, holds: false }],
    });
  });
});
