import { seededRandom } from '../../runtime/random';
import { createWorkerId, isOurWorkerId } from './worker-id';

describe('worker ids', () => {
  it('keep the name and differ with every boot, also for the same name', () => {
    const random = seededRandom(1);
    const ids = Array.from({ length: 100 }, () => createWorkerId('box-1:0', random));
    expect(new Set(ids).size).toBe(100);
    expect(ids.every((id) => id.startsWith('box-1:0.boot-') && isOurWorkerId(id))).toBe(true);
  });

  it('of Java workers are known as not ours', () => {
    for (const id of ['ip-10-0-0-1:3f0c9a52-1c1b-4a3e-9c55-0a1b2c3d4e5f', 'w1', 'box.boot-1'])
      expect(isOurWorkerId(id)).toBe(false);
  });
});
