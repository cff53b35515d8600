/** Sets faults in an emulators process, over its private port. For whoever does not run the emulators in its own process. */
import type { FaultRule } from './fault-rule';
import type { ActiveFault } from './faults';

const ANSWER_WITHIN_MS = 5_000;

export class FaultClient {
  /** @param adminUrl of the emulators process: `http://127.0.0.1:9100` */
  constructor(private readonly adminUrl: string) {}

  /** The id of the fault. Rejects when the rule is refused, with the reason, or when nobody answers. */
  async add(rule: FaultRule): Promise<string> {
    return ((await this.ask('POST', '/faults', rule)) as { id: string }).id;
  }

  async all(): Promise<ActiveFault[]> {
    return ((await this.ask('GET', '/faults')) as { faults: ActiveFault[] }).faults;
  }

  /** What the fault has done so far, also when it was removed. */
  async get(id: string): Promise<ActiveFault> {
    return (await this.ask('GET', `/faults/${id}`)) as ActiveFault;
  }

  /** What the fault has done. */
  async remove(id: string): Promise<ActiveFault> {
    return (await this.ask('DELETE', `/faults/${id}`)) as ActiveFault;
  }

  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.adminUrl}${path}`, {
      method,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const answer = (await response.json()) as { error?: string };
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.error ?? response.status}`);
    return answer;
  }
}
