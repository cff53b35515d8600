import { VirtualClock } from './virtual-clock';
import { Turns } from './turns';

test('a turn is due after everyMs of work, and not again right after a rest', async () => {
  const clock = new VirtualClock();
  const turns = new Turns(clock, 20);
  await clock.advance(19);
  expect(turns.isDue()).toBe(false);
  await clock.advance(1);
  expect(turns.isDue()).toBe(true);
  const resting = turns.rest();
  await clock.advance(0);
  await resting;
  expect(turns.isDue()).toBe(false);
});

test('idle time counts as work: the first to come after it rests once', async () => {
  const clock = new VirtualClock();
  const turns = new Turns(clock, 20);
  await clock.advance(1_000);
  expect(turns.isDue()).toBe(true);
});
