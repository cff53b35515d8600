import fastify, { type FastifyInstance } from 'fastify';
import { type Call, Gate, type HoldRule, holdsMax, registerGateRoutes, type Verdict } from './gate';

const call: Call = { service: 'dynamodb', operation: 'UpdateItem', resource: 'leases/shard-1', detail: '{"a":1}' };
const rule: HoldRule = { service: 'dynamodb', operation: 'UpdateItem', when: 'before' };

function holding(gate: Gate, given: HoldRule): string {
  const id = gate.hold(given);
  if (id === null) throw new Error('no room for a hold');
  return id;
}

/** What became of a promise by now. */
async function stateOf(promise: Promise<Verdict>): Promise<Verdict | 'held'> {
  const turn = new Promise<'held'>((resolve) => setImmediate(() => resolve('held')));
  return Promise.race([promise, turn]);
}

describe('the gate', () => {
  test('without a hold every call goes on, and none makes a promise of its own', async () => {
    const gate = new Gate();
    expect(gate.before(call)).toBe(gate.after(call));
    expect(await gate.before(call)).toBe('go');
  });

  test.each<[string, Partial<HoldRule>, boolean]>([
    ['everything named is equal', {}, true],
    ['the resource is contained', { resource: 'shard-1' }, true],
    ['the detail is contained', { detail: '"a":1' }, true],
    ['the resource is another', { resource: 'shard-2' }, false],
    ['the detail is another', { detail: '"a":2' }, false],
    ['the operation is another', { operation: 'PutItem' }, false],
    ['the service is another', { service: 's3' }, false],
    ['the moment is another', { when: 'after' }, false],
  ])('when %s', async (_name, change, isHeld) => {
    const gate = new Gate();
    gate.hold({ ...rule, ...change });
    expect(await stateOf(gate.before(call))).toBe(isHeld ? 'held' : 'go');
    gate.close();
  });

  test('skip lets the first ones pass and holds all the later ones', async () => {
    const gate = new Gate();
    const id = holding(gate, { ...rule, skip: 2 });
    const calls = [gate.before(call), gate.before(call), gate.before(call), gate.before(call)];
    expect(await Promise.all(calls.map(stateOf))).toEqual(['go', 'go', 'held', 'held']);
    expect(await gate.held(id)).toBe(2);
    expect(gate.release(id, 'apply')).toBe(2);
    expect(await Promise.all(calls)).toEqual(['go', 'go', 'go', 'go']);
    expect(await gate.before(call)).toBe('go');
  });

  test('times bounds how many are held', async () => {
    const gate = new Gate();
    const id = holding(gate, { ...rule, skip: 1, times: 2 });
    const calls = [gate.before(call), gate.before(call), gate.before(call), gate.before(call)];
    expect(await Promise.all(calls.map(stateOf))).toEqual(['go', 'held', 'held', 'go']);
    expect(gate.release(id, 'drop')).toBe(2);
  });

  test('a call let go by one hold still meets the next; a drop is final', async () => {
    const gate = new Gate();
    const [first, second] = [holding(gate, rule), holding(gate, rule)];
    const held = gate.before(call);
    gate.release(first, 'apply');
    expect(await stateOf(held)).toBe('held');
    gate.release(second, 'drop');
    expect(await held).toBe('drop');
  });

  test('closing drops what is held', async () => {
    const gate = new Gate();
    gate.hold({ ...rule, when: 'after' });
    const held = gate.after(call);
    gate.close();
    expect(await held).toBe('drop');
  });
});

describe('the gate over HTTP', () => {
  function app(): { gate: Gate; admin: FastifyInstance } {
    const gate = new Gate();
    const admin = fastify();
    registerGateRoutes(admin, gate);
    return { gate, admin };
  }

  test('a hold is set, waited for and let go', async () => {
    const { gate, admin } = app();
    const { id } = (await admin.inject({ method: 'POST', url: '/holds', payload: rule })).json<{ id: string }>();
    expect((await admin.inject(`/holds/${id}`)).json()).toEqual({ held: 0 });
    const watched = admin.inject(`/holds/${id}?waitMs=5000`);
    await new Promise((resolve) => setImmediate(resolve));
    const held = gate.before(call);
    expect((await watched).json()).toEqual({ held: 1 });
    expect((await admin.inject({ method: 'DELETE', url: `/holds/${id}?then=drop` })).json()).toEqual({ released: 1 });
    expect(await held).toBe('drop');
    expect((await admin.inject(`/holds/${id}`)).statusCode).toBe(404);
    await admin.close();
  });

  test('what is not understood is refused in words', async () => {
    const { gate, admin } = app();
    const id = holding(gate, rule);
    const answers = await Promise.all([
      admin.inject({ method: 'POST', url: '/holds', payload: { ...rule, when: 'never' } }),
      admin.inject({ method: 'POST', url: '/holds', payload: { ...rule, resuorce: 'x' } }),
      admin.inject(`/holds/${id}?waitMs=-1`),
      admin.inject({ method: 'DELETE', url: `/holds/${id}` }),
      admin.inject({ method: 'DELETE', url: `/holds/hold-99?then=apply` }),
    ]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([400, 400, 400, 400, 404]);
    expect(answers[0]?.json<{ error: string }>().error).toContain('when');
    for (let n = 1; n < holdsMax; n++) holding(gate, rule);
    expect((await admin.inject({ method: 'POST', url: '/holds', payload: rule })).statusCode).toBe(429);
    await admin.close();
  });
});
