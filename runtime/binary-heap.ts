/**
 * A priority queue: the item that comes before all others is at hand at once, adding and taking cost log n. Virtual time
 * keeps its sleepers in one. Items that are equal in rank come in any order: whoever minds ranks them apart.
 */
export class BinaryHeap<T> {
  private items: T[] = [];

  /** `isBefore(a, b)`: whether a must be taken before b. The rank of an item must not change while it is inside. */
  constructor(private readonly isBefore: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  /** The first item, left inside. Undefined when there is none. */
  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    this.items.push(item);
    this.rise(this.items.length - 1);
  }

  /** Takes the first item out. Undefined when there is none. */
  pop(): T | undefined {
    const first = this.items[0];
    const last = this.items.pop();
    if (this.items.length > 0) {
      this.items[0] = last as T;
      this.sink(0);
    }
    return first;
  }

  /** Drops every item for which `isKept` says false, at the cost of one walk. */
  keepOnly(isKept: (item: T) => boolean): void {
    this.items = this.items.filter(isKept);
    for (let i = (this.items.length >> 1) - 1; i >= 0; i--) this.sink(i);
  }

  private rise(start: number): void {
    const item = this.items[start] as T;
    let i = start;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.isBefore(item, this.items[parent] as T)) break;
      this.items[i] = this.items[parent] as T;
      i = parent;
    }
    this.items[i] = item;
  }

  private sink(start: number): void {
    const item = this.items[start] as T;
    let i = start;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.items.length) break;
      const sibling = child + 1;
      if (sibling < this.items.length && this.isBefore(this.items[sibling] as T, this.items[child] as T))
        child = sibling;
      if (!this.isBefore(this.items[child] as T, item)) break;
      this.items[i] = this.items[child] as T;
      i = child;
    }
    this.items[i] = item;
  }
}
