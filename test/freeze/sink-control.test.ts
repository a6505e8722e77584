import { describe, expect, it } from 'vitest';
import { ConnectError } from '../../src/clients/connect.ts';
import {
  alterAndReadBack,
  describeStatus,
  sinkFound,
  steadyStatus,
  stopAndDrain,
  waitForRunning,
} from '../../src/freeze/sink-control.ts';
import { fakeConnect, status } from './fake-connect.ts';

const offsets = [
  { topic: 't', partition: 0, offset: 7 },
  { topic: 't', partition: 1, offset: 0 },
];

function refusal(code: number, message: string): ConnectError {
  return new ConnectError(code, `Kafka Connect answered ${code}: ${message}`, { hint: 'none' });
}

/** Answers the items in turn, the last one for ever. */
function inTurn<T>(...items: [T, ...T[]]): () => T {
  let next = 0;
  return () => items[Math.min(next++, items.length - 1)] ?? items[0];
}

describe('what a sink is found to be', () => {
  it.each([
    [status('RUNNING', 'RUNNING', 'RUNNING'), 'RUNNING'],
    [status('RUNNING', 'RUNNING', 'FAILED'), 'FAILED'],
    [status('FAILED'), 'FAILED'],
    [status('PAUSED', 'PAUSED'), 'PAUSED'],
    [status('STOPPED'), 'STOPPED'],
    [status('RUNNING'), undefined],
    [status('RUNNING', 'UNASSIGNED'), undefined],
    [status('UNASSIGNED'), undefined],
    [status('RUNNING', 'RESTARTING'), undefined],
  ])('%j is %s', (reported, found) => {
    expect(sinkFound(reported)).toBe(found);
  });

  it('waits a rebalance out', async () => {
    const answers = inTurn(status('RUNNING', 'UNASSIGNED'), status('RUNNING'), status('RUNNING', 'RUNNING'));
    const connect = fakeConnect({ status: async () => answers() });
    expect((await steadyStatus(connect, 'sink')).found).toBe('RUNNING');
  });

  it('says the first line of a trace', () => {
    const failed = { connector: 'RUNNING', tasks: [{ id: 0, state: 'FAILED', trace: 'a\nb' }] } as const;
    expect(describeStatus(failed)).toBe('RUNNING with tasks FAILED (a)');
  });
});

describe('STOP', () => {
  it('is over when the connector is STOPPED without tasks and its group is empty', async () => {
    const states = inTurn('Stable', 'PreparingRebalance', 'Empty');
    const answer = await stopAndDrain(fakeConnect(), async () => states(), { connector: 'sink', group: 'g' });
    expect(answer.seconds).toBeGreaterThan(0);
    expect(answer.outlastedGracefulTimeout).toBe(true);
  });

  it('is clean where the group is empty as soon as the tasks are gone', async () => {
    const answer = await stopAndDrain(fakeConnect(), async () => 'Empty', { connector: 'sink', group: 'g' });
    expect(answer.outlastedGracefulTimeout).toBe(false);
  });

  it('is told again where somebody else has resumed the sink before its tasks were gone', async () => {
    const answers = inTurn(status('STOPPED', 'RUNNING'), status('RUNNING', 'RUNNING'), status('STOPPED'));
    const connect = fakeConnect({ status: async () => answers() });
    await stopAndDrain(connect, async () => 'Empty', { connector: 'sink', group: 'g' });
    expect(connect.calls).toEqual(['stop', 'stop']);
  });

  it('fails naming what still runs', async () => {
    const connect = fakeConnect({ stop: async () => {} });
    const options = { connector: 'sink', group: 'g', deadlineMs: 60 };
    await expect(stopAndDrain(connect, async () => 'Empty', options)).rejects.toMatchObject({
      name: 'SinkNotStoppedError',
      message: 'sink is still RUNNING with tasks RUNNING 0 s after STOP',
    });
  });

  it('fails naming a group that somebody else keeps', async () => {
    const options = { connector: 'sink', group: 'g', deadlineMs: 60 };
    await expect(stopAndDrain(fakeConnect(), async () => 'Stable', options)).rejects.toMatchObject({
      name: 'GroupActiveElsewhereError',
      message: 'the group g is Stable 0 s after sink was STOPPED: it still has members',
    });
  });

  it('ends at once when it is cancelled', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    const options = { connector: 'sink', group: 'g', signal };
    await expect(stopAndDrain(fakeConnect(), async () => 'Stable', options)).rejects.toThrow('cancelled');
  });
});

describe('setting offsets', () => {
  it('sets every partition, empty ones too, while the sink is STOPPED', async () => {
    const connect = fakeConnect();
    await connect.stop('sink');
    await alterAndReadBack(connect, 'sink', offsets);
    expect(connect.committed).toEqual(offsets);
  });

  it('is repeated while tasks outlive the STOP', async () => {
    const answers = inTurn<ConnectError | 'altered'>(
      refusal(400, 'Offsets have zombie sink tasks that have not stopped completely yet'),
      refusal(409, 'rebalance'),
      'altered',
    );
    const connect = fakeConnect({
      alterOffsets: async () => {
        const answer = answers();
        if (answer !== 'altered') throw answer;
        connect.committed = offsets;
      },
    });
    connect.state = status('STOPPED');
    await alterAndReadBack(connect, 'sink', offsets);
    expect(connect.calls).toEqual(['alterOffsets', 'alterOffsets', 'alterOffsets']);
  });

  it('stops a sink again that somebody else resumes, and says so', async () => {
    const notes: string[] = [];
    let resumes = 2;
    const connect = fakeConnect({
      alterOffsets: async () => {
        if (resumes-- > 0) {
          connect.state = status('RUNNING', 'RUNNING');
          throw refusal(400, 'Connectors must be in the STOPPED state before their offsets can be modified');
        }
        connect.committed = offsets;
      },
    });
    connect.state = status('STOPPED');
    await alterAndReadBack(connect, 'sink', offsets, (note) => notes.push(note));
    expect(connect.committed).toEqual(offsets);
    expect(notes).toEqual(['sink was resumed by somebody else 2 times']);
  });

  it('does not repeat what Connect refuses for good', async () => {
    const connect = fakeConnect({
      alterOffsets: async () => {
        throw refusal(400, 'Must be STOPPED');
      },
    });
    connect.state = status('STOPPED');
    await expect(alterAndReadBack(connect, 'sink', offsets)).rejects.toThrow('Must be STOPPED');
  });

  it('fails where Connect answers other offsets than were set', async () => {
    const connect = fakeConnect({ alterOffsets: async () => {} });
    connect.state = status('STOPPED');
    connect.committed = [{ topic: 't', partition: 0, offset: 3 }];
    await expect(alterAndReadBack(connect, 'sink', offsets)).rejects.toThrow(
      'sink stands at 3 in t-0 after it was set to 7',
    );
  });
});

describe('a resumed sink', () => {
  it('that failed is started once more', async () => {
    const connect = fakeConnect();
    connect.state = status('RUNNING', 'FAILED');
    expect(await waitForRunning(connect, 'sink', { tolerateFailed: false })).toBe(true);
    expect(connect.calls).toEqual(['restartFailed']);
  });

  it('may fail as it was found', async () => {
    const connect = fakeConnect();
    connect.state = status('RUNNING', 'FAILED');
    expect(await waitForRunning(connect, 'sink', { tolerateFailed: true })).toBe(false);
    expect(connect.calls).toEqual([]);
  });
});
