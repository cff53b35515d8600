/**
 * A worker of the Java KCL 2.7, at the level of rows and on virtual time: its requests, its intervals, its choices. It takes
 * every row of the table for a lease: with a foreign row there it never takes a lease again, and cannot start (measured).
 */
import { readAsJava2 } from './java-lease-rows';
import { JavaWorker, type JavaWorkerOptions } from './java-worker';

export class JavaKcl2Worker extends JavaWorker {
  constructor(options: JavaWorkerOptions) {
    super(options, '2.7', readAsJava2);
  }

  protected startTaking(): void {
    void this.takeOnAndOn('2.7');
  }
}
