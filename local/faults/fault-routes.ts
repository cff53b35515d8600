/**
 * The faults over HTTP, on the private port of the emulators process:
 * `POST /faults` (a FaultRule) → `{ id }`; `GET /faults` → `{ faults: [{ id, rule, seen, struck }] }`;
 * `DELETE /faults/:id` → `{ id, rule, seen, struck }`. 400 with a sentence, 404 for an unknown fault, 429 above `FAULTS_MAX`.
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { faultRuleSchema } from './fault-rule';
import { FAULTS_MAX, type Faults } from './faults';

export function registerFaultRoutes(admin: FastifyInstance, faults: Faults): void {
  admin.post('/faults', (request, reply) => {
    const rule = faultRuleSchema.safeParse(request.body);
    if (!rule.success) return reply.code(400).send({ error: z.prettifyError(rule.error) });
    const id = faults.add(rule.data);
    return id === null ? reply.code(429).send({ error: `there are ${FAULTS_MAX} faults already` }) : reply.send({ id });
  });
  admin.get('/faults', (_request, reply) => reply.send({ faults: faults.all() }));
  admin.delete<{ Params: { id: string } }>('/faults/:id', (request, reply) => {
    const removed = faults.remove(request.params.id);
    return removed === null ? reply.code(404).send({ error: 'no such fault' }) : reply.send(removed);
  });
}
