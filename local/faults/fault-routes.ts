/**
 * The faults over HTTP, on the private port of the emulators process:
 * `POST /faults` (a FaultRule) → `{ id }`; `GET /faults` → `{ faults: [...] }`, those that are set; `GET /faults/:id`, also of
 * one that was removed, and `DELETE /faults/:id` → `{ id, rule, seen, struck, refused }`. 400 with a sentence, 404 for an
 * unknown fault, 429 above `FAULTS_MAX`.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { faultRuleSchema } from './fault-rule';
import { FAULTS_MAX, type ActiveFault, type Faults } from './faults';

export function registerFaultRoutes(admin: FastifyInstance, faults: Faults): void {
  admin.post('/faults', (request, reply) => {
    const rule = faultRuleSchema.safeParse(request.body);
    if (!rule.success) return reply.code(400).send({ error: z.prettifyError(rule.error) });
    const id = faults.add(rule.data);
    return id === null ? reply.code(429).send({ error: `there are ${FAULTS_MAX} faults already` }) : reply.send({ id });
  });
  admin.get('/faults', (_request, reply) => reply.send({ faults: faults.all() }));
  const found = (fault: ActiveFault | null, reply: FastifyReply) =>
    fault === null ? reply.code(404).send({ error: 'no such fault' }) : reply.send(fault);
  admin.get<{ Params: { id: string } }>('/faults/:id', ({ params }, reply) => found(faults.get(params.id), reply));
  admin.delete<{ Params: { id: string } }>('/faults/:id', ({ params }, reply) =>
    found(faults.remove(params.id), reply),
  );
}
