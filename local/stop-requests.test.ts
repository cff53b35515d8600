import { VirtualClock } from '../runtime/virtual-clock';
import { stopRequests } from './stop-requests';

test('the first request stops, a later one hurries, and one keystroke that comes twice is one request', async () => {
  const clock = new VirtualClock();
  const heard: string[] = [];
  const requests = stopRequests(clock, { stop: () => heard.push('stop'), hurry: () => heard.push('hurry') });
  expect(requests.isAsked).toBe(false);
  requests.ask();
  await clock.advance(400);
  requests.ask();
  expect([requests.isAsked, heard]).toEqual([true, ['stop']]);
  await clock.advance(1);
  requests.ask();
  expect(heard).toEqual(['stop', 'hurry']);
});
