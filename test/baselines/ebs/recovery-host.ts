import type { Emulator } from '../../aws/emulators.ts';
import { type AwsAnswer, type AwsCall, startAwsFront } from '../../aws/front.ts';

type Play = (call: AwsCall) => Promise<AwsAnswer | undefined>;
type Rewrite = (answer: string) => string;

/** Between the SDK and moto: moto runs no commands, knows no states in between, and never fails. */
export interface RecoveryHost {
  readonly endpoint: string;
  /** Every call since the last `clear`. */
  readonly calls: readonly AwsCall[];
  /** Called before moto is asked; what it answers goes to the SDK in the place of moto's answer. */
  play(action: string, play: Play): void;
  /** Changes moto's answers. */
  rewrite(action: string, change: Rewrite): void;
  /** Forgets the calls, and plays nothing any more. */
  clear(): void;
  stop(): Promise<void>;
}

export async function startRecoveryHost(moto: Emulator): Promise<RecoveryHost> {
  const front = await startAwsFront(moto);
  const plays = new Map<string, Play>();
  const rewrites = new Map<string, Rewrite>();
  front.rule = async (call, answer) => {
    const played = await plays.get(call.action)?.(call);
    if (played !== undefined) return played;
    const given = await answer();
    return { ...given, body: rewrites.get(call.action)?.(given.body) ?? given.body };
  };
  return {
    endpoint: front.endpoint,
    calls: front.calls,
    play: (action, play) => plays.set(action, play),
    rewrite: (action, change) => rewrites.set(action, change),
    clear: () => {
      front.calls.length = 0;
      plays.clear();
      rewrites.clear();
    },
    stop: front.stop,
  };
}

/** What SSM answers: a document, or an error with its type. */
export function ssmAnswer(document: Readonly<Record<string, unknown>>): AwsAnswer {
  const status = '__type' in document ? 400 : 200;
  return { status, type: 'application/x-amz-json-1.1', body: JSON.stringify(document) };
}
