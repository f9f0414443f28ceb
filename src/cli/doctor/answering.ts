/** Who answers at the address of the listener, and what time it is there. */
export interface Answering {
  readonly isKyok: boolean;
  /** Milliseconds since 1970, of the answer's Date header. */
  readonly time?: number;
}

const patienceMs = 3000;

/** Nothing when nobody answers over HTTP. */
export async function answering(endpoint: string): Promise<Answering | undefined> {
  try {
    const response = await fetch(`${endpoint}/healthz`, { signal: AbortSignal.timeout(patienceMs), redirect: 'error' });
    const time = Date.parse(response.headers.get('date') ?? '');
    const body = (await response.text()).slice(0, 200);
    return { isKyok: response.ok && body.includes('"status"'), ...(Number.isNaN(time) ? {} : { time }) };
  } catch {
    return undefined;
  }
}
