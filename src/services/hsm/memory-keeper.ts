/** Keeps the HSM's memory abreast of the database: how far the audit log has come, and which keys are destroyed. */
import { EstateError } from '../../domain/errors.js';
import { logState, rememberLog } from '../audit/remember-log.js';
import { systemCall } from '../call.js';
import type { Estate } from '../estate.js';
import { isRolledBack } from './continuity.js';
import { recordSeenMemory } from './seen-memory.js';
import { tellDestroyed } from './tell-destroyed.js';

export interface MemoryKeeper {
  /** One round now; rounds never overlap. Never rejects. */
  run(): Promise<void>;
  /** Rounds at an interval from now on; it keeps no process alive. */
  start(): void;
  /** A last round, and none any more. */
  stop(): Promise<void>;
}

export interface MemoryKeeperOptions {
  /** Longest time in which events can be appended that the HSM does not remember. */
  readonly intervalSeconds?: number;
  /** The log that the database holds is not the one that the HSM remembers. */
  readonly onRolledBack: (error: EstateError) => void;
}

export function memoryKeeper(estate: Estate, { intervalSeconds = 10, onRolledBack }: MemoryKeeperOptions): MemoryKeeper {
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let rememberedSize = -1;
  const round = async () => {
    try {
      await tellDestroyed(estate);
      const size = await estate.store.audit.size();
      if (size !== rememberedSize) rememberedSize = await remember(estate);
    } catch (err) {
      if (isRolledBack(err)) onRolledBack(err);
      else if (err instanceof EstateError && err.kind === 'sealed')
        estate.log.debug({ err }, 'the HSM remembers nothing new while it is sealed');
      else estate.log.error({ err }, 'the HSM could not be brought abreast of the database; it is tried again');
    }
  };
  const run = async () => {
    running ??= round().finally(() => {
      running = undefined;
    });
    await running;
  };
  return {
    run,
    start: () => {
      timer ??= setInterval(() => void run(), intervalSeconds * 1000).unref();
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await running;
      await run();
    },
  };
}

/** Answers the size that the HSM remembers now. */
async function remember(estate: Estate): Promise<number> {
  const state = await logState(estate.store.audit);
  await rememberLog(estate, state);
  const memory = await estate.hsm.memory.read();
  const author = { estate, call: systemCall('memory-keeper', estate.newId()), now: estate.now() };
  await estate.store.write(async (tx) => await recordSeenMemory(tx, author, memory));
  return state.size;
}
