/** What this server has asked of keystores and may not show there yet. A server that starts knows of nothing. */
import type { Id } from '../../domain/entity.js';
import type { RemoteKey } from '../../domain/remote-key.js';
import type { Timers } from '../timers.js';
import type { SeenChange } from './seen-changes.js';
import { bringsAbout, type Deed } from './steps.js';

/** What was asked for one key instance. */
export interface Asked {
  /** Steps that no recorded look has shown, oldest first. */
  readonly steps: readonly Deed[];
  /** When the last step was over, in the timers' milliseconds; the server's start when it asked for none. */
  readonly lastStepAt: number;
  /** Whether the keystore answered that step: one whose reply was lost may come later than a look that shows it. */
  readonly isAnswered: boolean;
}

/** By instance; kept over failed passes, since a step whose reply was lost may have been done. */
export interface AskedSteps {
  of(instanceId: Id): Asked;
  /** Asks for the last one of the steps. */
  take(instanceId: Id, steps: readonly Deed[], ask: () => Promise<void>): Promise<void>;
  /** A look that ends a pass was recorded. That something was asked for is remembered until every look shows it. */
  recorded(instanceId: Id, settlesInSeconds: number): void;
}

export function askedSteps(timers: Timers): AskedSteps {
  const startedAt = timers.milliseconds();
  const byInstance = new Map<Id, Asked>();
  return {
    of: (id) => byInstance.get(id) ?? { steps: [], lastStepAt: startedAt, isAnswered: false },
    take: async (id, steps, ask) => {
      let isAnswered = false;
      try {
        await ask();
        isAnswered = true;
      } finally {
        byInstance.set(id, { steps, lastStepAt: timers.milliseconds(), isAnswered });
      }
    },
    recorded: (id, settlesInSeconds) => {
      const asked = byInstance.get(id);
      if (!asked) return;
      const rest: Asked = { ...asked, steps: [] };
      byInstance.set(id, rest);
      const forget = () => void (byInstance.get(id) === rest && byInstance.delete(id));
      const remaining = asked.lastStepAt + settlesInSeconds * 1000 - timers.milliseconds();
      if (remaining > 0) timers.after(remaining, forget);
      else forget();
    },
  };
}

/** Whether a look that shows these changes shows what the last step was for. */
export function showsLastStep({ steps, isAnswered }: Asked, changes: readonly SeenChange[], remote: RemoteKey | null): boolean {
  const last = steps.at(-1);
  if (!last || !isAnswered) return false;
  // A name is not part of the record, so a rename shows in no comparison.
  return last.kind === 'rename' ? remote?.name === last.name : changes.some((change) => bringsAbout(last, change));
}
