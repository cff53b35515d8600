import { seededRandom } from '../../runtime/random';
import { createWorkerId } from './worker-id';

test('a worker id keeps the name and differs with every boot, also for the same name', () => {
  const random = seededRandom(1);
  const ids = Array.from({ length: 100 }, () => createWorkerId('box-1:0', random));
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^box-1:0\.boot-[0-9a-f]{12}$/);
});
