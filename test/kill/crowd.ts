/** Several clients that work on one server at the same time, each as fast as it is answered. */
import type { Random } from '../histories/random.js';
import { type Asking, ask } from './ask.js';
import { type Client, client } from './client.js';
import type { Known, Ticks } from './estate.js';
import { namesOf, nextStep } from './steps.js';

/** Clients at work. */
export interface Crowd {
  /** Answers so far. */
  answers(): number;
  /** Requests that wait for an answer. */
  outstanding(): number;
  /** Lets every client finish what it is at; rejects when one still waits after a long time. */
  stop(): Promise<void>;
}

/** What a crowd works on. */
export interface CrowdPlace {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly known: Known;
  readonly ticks: Ticks;
  /** Number of the run, which is part of every name. */
  readonly run: number;
  newRequestId(): string;
  /** Whether the server was killed, so that nothing more is to be had from it. */
  isKilled(): boolean;
  /** Told the code of every answer. */
  onAnswer(code: string): void;
}

const longestWaitSeconds = 45;

/** Each client takes its chances from a source of its own, so that they do the same again as far as their answers allow. */
export function startCrowd(place: CrowdPlace, random: Random, size: number): Crowd {
  let isOver = false;
  let answers = 0;
  const newName = namesOf(place.run);
  const clients: Client[] = [];
  const work = async (chances: Random): Promise<void> => {
    const own = client(place.endpoint, place.apiKey, longestWaitSeconds);
    clients.push(own);
    const asking: Asking = { client: own, known: place.known, ticks: place.ticks, newRequestId: place.newRequestId };
    while (!isOver) {
      const answer = await ask(asking, nextStep({ random: chances, known: place.known, newName }));
      answers += 1;
      place.onAnswer(answer.outcome === 'REFUSED' ? answer.code : answer.outcome);
      if (answer.outcome !== 'UNKNOWN') continue;
      if (answer.why === 'TimeoutError') throw new Error(`a request had no answer within ${longestWaitSeconds} s`);
      if (place.isKilled()) return;
      // Only this connection broke, or what is behind the server.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const working = Promise.all(Array.from({ length: size }, async () => await work(random.branch())));
  working.catch(() => undefined);
  return {
    answers: () => answers,
    outstanding: () => clients.reduce((sum, { outstanding }) => sum + outstanding(), 0),
    stop: async () => {
      isOver = true;
      await working;
      for (const own of clients) own.close();
    },
  };
}
