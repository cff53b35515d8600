/**
 * The servers of bench/kinesis-front.ts, one in a process: our front, or the emulator it stands before, alone. Gets its order
 * from the parent, answers the port, and then, whenever it is asked, the CPU time that the process has taken so far.
 */
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createWire } from '../local/faults/pass-call';
import { createKinesisFront } from '../local/kinesis/kinesis-front';
import { systemClock } from '../runtime/clock';

export interface ServerOrder {
  readonly server: 'front' | 'bare';
  /** The folder of the data; without one they are in memory. */
  readonly path?: string;
}

const HOST = '127.0.0.1';
const options = (path: string | undefined) => ({ path, createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 1_000 }); // prettier-ignore

const servers: Record<ServerOrder['server'], (path: string | undefined) => Promise<number>> = {
  front: (path) =>
    createKinesisFront({ wire: createWire(systemClock), clock: systemClock, ...options(path) }).listen(0, HOST),
  bare(path) {
    const kinesalite = createRequire(__filename)('kinesalite') as (options: object) => Server;
    const server = kinesalite(options(path));
    return new Promise((resolve) => server.listen(0, HOST, () => resolve((server.address() as AddressInfo).port)));
  },
};

process.once('message', ({ server, path }: ServerOrder) => {
  void servers[server](path).then((port) => {
    process.on('message', () => {
      const { user, system } = process.cpuUsage();
      process.send?.(user + system);
    });
    process.send?.(port);
  });
});
