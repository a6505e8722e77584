import { z } from 'zod';

/** A state, as far as running it elsewhere needs to know it; everything else is kept as it is. */
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly HeartbeatSeconds?: number;
  readonly ItemProcessor?: Definition & { readonly ProcessorConfig?: { readonly Mode?: string } };
  readonly Iterator?: Definition;
  readonly Branches?: readonly Definition[];
  readonly [field: string]: unknown;
}

/** A state machine in the Amazon States Language. */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
  readonly [field: string]: unknown;
}

export const definitionSchema: z.ZodType<Definition> = z.looseObject({
  StartAt: z.string(),
  States: z.record(z.string(), z.looseObject({ Type: z.string() })),
}) as z.ZodType<Definition>;

/** The definitions inside a state: a Map's and a Parallel's. */
export function innerDefinitions(state: State): readonly Definition[] {
  const inner = [state.ItemProcessor, state.Iterator, ...(state.Branches ?? [])];
  return inner.filter((definition) => definition !== undefined);
}

/** Every state by its name, at any depth. @throws RangeError where a name stands twice */
export function allStates(definition: Definition): ReadonlyMap<string, State> {
  const states = new Map<string, State>();
  const collect = ({ States }: Definition): void => {
    for (const [name, state] of Object.entries(States)) {
      if (states.has(name)) throw new RangeError(`the state ${name} stands twice in the definition`);
      states.set(name, state);
      innerDefinitions(state).forEach(collect);
    }
  };
  collect(definition);
  return states;
}
