import { seededRandom } from '../../runtime/random';
import { createWorkerId, isOurWorkerId } from './worker-id';

test('a worker id keeps the name and differs with every boot, also for the same name', () => {
  const random = seededRandom(1);
  const ids = Array.from({ length: 100 }, () => createWorkerId('box-1:0', random));
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^box-1:0\.boot-[0-9a-f]{12}$/);
});

test('a worker id of ours is told from those that Java workers have, or people give', () => {
  expect(isOurWorkerId(createWorkerId('box-1:0', seededRandom(1)))).toBe(true);
  const others = [
    '',
    'box-1',
    'ip-10-0-0-1:9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d',
    'box.boot-1',
    'a.boot-0123456789ab.b',
  ];
  expect(others.filter(isOurWorkerId)).toEqual([]);
});
