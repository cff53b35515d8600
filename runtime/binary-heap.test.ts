import { BinaryHeap } from './binary-heap';
import { seededRandom } from './random';

const ascending = (a: number, b: number): number => a - b;

function heapOf(items: readonly number[]): BinaryHeap<number> {
  const heap = new BinaryHeap<number>((a, b) => a < b);
  for (const item of items) heap.push(item);
  return heap;
}

function drain(heap: BinaryHeap<number>): number[] {
  const taken: number[] = [];
  while (heap.size > 0) taken.push(heap.pop() as number);
  return taken;
}

describe('BinaryHeap', () => {
  it('has nothing to give when it is empty', () => {
    const heap = heapOf([]);
    expect([heap.size, heap.peek(), heap.pop(), heap.size]).toEqual([0, undefined, undefined, 0]);
  });

  it.each([1, 2, 3, 4, 5])('gives its items in their order, whatever was added and taken between (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const heap = heapOf([]);
    let inside: number[] = [];
    for (let step = 0; step < 2_000; step++) {
      if (random.next() < 0.6) {
        const item = random.integer(100);
        heap.push(item);
        inside.push(item);
      } else {
        inside.sort(ascending);
        expect([heap.peek(), heap.pop()]).toEqual([inside[0], inside[0]]);
        inside = inside.slice(1);
      }
      expect(heap.size).toBe(inside.length);
    }
    expect(drain(heap)).toEqual(inside.sort(ascending));
  });

  it.each([1, 2, 3])('drops what is not wanted any more and keeps the order of the rest (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const items = Array.from({ length: 300 }, () => random.integer(1_000));
    const heap = heapOf(items);
    heap.keepOnly((item) => item % 3 === 0);
    expect(drain(heap)).toEqual(items.filter((item) => item % 3 === 0).sort(ascending));
  });
});
