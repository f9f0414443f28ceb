import type { Duplex } from 'node:stream';
import { EstateError } from '../../domain/errors.js';
import type { Engine } from '../engine.js';
import { encodeFrame, frameWriter, maxFrameBytes, readFrames } from './frames.js';
import { asRequest, errorReply, type Reply, type Request } from './protocol.js';

/** Answers requests from a stream with an engine until the stream ends; requests run side by side. */
export function serveUnit(engine: Engine, stream: Duplex, onEnd: () => void): void {
  const write = frameWriter(stream);
  const send = (reply: Reply) => {
    if (!stream.destroyed) write(frameOf(reply));
  };
  readFrames(stream, {
    onFrame(value) {
      const request = asRequest(value);
      // A peer that breaks the protocol is not the server: nothing more is done for it.
      if (!request) stream.destroy();
      else void answer(engine, request).then(send);
    },
    onEnd,
  });
}

async function answer(engine: Engine, [id, method, args]: Request): Promise<Reply> {
  try {
    const perform = engine[method] as (...args: readonly unknown[]) => Promise<unknown>;
    return [id, 'ok', (await perform(...args)) ?? null];
  } catch (error) {
    return errorReply(id, error);
  }
}

function frameOf(reply: Reply): Uint8Array {
  try {
    return encodeFrame(reply);
  } catch {
    return encodeFrame(errorReply(reply[0], new EstateError('TOO_LARGE', { maxBytes: maxFrameBytes })));
  }
}
