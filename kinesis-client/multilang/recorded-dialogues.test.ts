import { readFileSync } from 'node:fs';
import { processorOfVersion1, processorOfVersion2 } from '../../test/aws-kcl-processors';
import { FakeDaemon } from '../../test/fake-daemon';
import { sharedData, skipped } from '../../test/shared-data';
import { kcl } from './kcl';

/** One line of a recording: `>` from the daemon, `<` from aws-kcl. */
interface Turn {
  readonly from: 'daemon' | 'child';
  readonly line: string;
}

/** Of each child of a recording, under the shard that it had. */
function dialoguesOf(recording: string): [string, Turn[]][] {
  return recording
    .split('# child of ')
    .slice(1)
    .map((part) => {
      const [head = '', ...lines] = part.split('\n').filter((line) => line !== '');
      const turns = lines.map<Turn>((line) => ({
        from: line.startsWith('>') ? 'daemon' : 'child',
        line: line.slice(2),
      }));
      return [head.split(' ')[0] as string, turns];
    });
}

/** What was recorded stores the greatest delivered record, whatever the batch. */
const likeTheRecorded = (make: typeof processorOfVersion1 | typeof processorOfVersion2) => {
  const processor = make([]);
  const processRecords: typeof processor.processRecords = ({ checkpointer }, done) =>
    checkpointer.checkpoint(null, () => done());
  return { ...processor, processRecords };
};

const recordings = ['dialogue-2.5.4.txt', 'dialogue-3.1.3.txt'].map((file) => [
  file,
  sharedData(`oracle/multilang/${file}`),
]);
if (recordings.some(([, path]) => path === null)) skipped('#61 dialogues of the daemon', 'the recordings are not here');

const children = recordings.flatMap(([file, path]) =>
  path == null
    ? []
    : dialoguesOf(readFileSync(path, 'utf8')).map(([shardId, turns]) => [`${file} ${shardId}`, turns] as const),
);

/** A processor of version 1 does not hear of a stop: what the recorded one asked for then is left out. */
function withoutStop(turns: readonly Turn[]): readonly Turn[] {
  let action = '';
  return turns.filter(({ line }) => {
    const message = JSON.parse(line) as { action: string };
    if (message.action !== 'checkpoint') action = message.action;
    return message.action !== 'checkpoint' || action !== 'shutdownRequested';
  });
}

async function replay(make: Parameters<typeof likeTheRecorded>[0], turns: readonly Turn[]): Promise<void> {
  const daemon = new FakeDaemon();
  const { input, output, log } = daemon.streams;
  kcl(likeTheRecorded(make), input, output, log).run();
  let expected = '';
  for (const { from, line } of turns) {
    if (from === 'daemon') daemon.say(line);
    else {
      expected += `\n${line}\n`;
      await daemon.until(() => daemon.heard.length >= expected.length);
      expect(daemon.heard).toBe(expected); // not a byte before its turn
    }
  }
  daemon.close();
  await daemon.until(() => input.destroyed);
  expect([daemon.heard, daemon.log]).toEqual([expected, '']);
}

describe('a recorded dialogue of the official daemon', () => {
  const all = children.length > 0 ? children : [['none is here', []] as const];

  it.each(all)('#61 is repeated to the byte, turn by turn: %s', async (_name, turns) => {
    await replay(processorOfVersion2, turns);
  });

  it.each(all)('#61 is the same with a processor of version 1: %s', async (_name, turns) => {
    await replay(processorOfVersion1, withoutStop(turns));
  });
});
