/**
 * Frames between server and unit: length (4 bytes, big-endian) || MessagePack. A frame is at most 16 MiB; what is longer
 * or cannot be read ends the connection.
 */
import type { Duplex } from 'node:stream';
import { decode, encode } from '@msgpack/msgpack';
import { plain } from '../bytes.js';

export const maxFrameBytes = 16 * 1024 * 1024;
const lengthBytes = 4;

export interface FrameReader {
  readonly onFrame: (value: unknown) => void;
  /** The connection is over; `reason` is set when the other side broke the rules. */
  readonly onEnd: (reason: string | null) => void;
}

/** One frame. @throws RangeError when it would be too long. */
export function encodeFrame(value: unknown): Uint8Array {
  const body = encode(value, { ignoreUndefined: true });
  if (body.length > maxFrameBytes) throw new RangeError('frame too long');
  const frame = Buffer.allocUnsafe(lengthBytes + body.length);
  frame.writeUInt32BE(body.length, 0);
  frame.set(body, lengthBytes);
  return frame;
}

/** Writes frames; those of one turn of the event loop go out together. */
export function frameWriter(stream: Duplex): (frame: Uint8Array) => void {
  let isCorked = false;
  return (frame) => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      setImmediate(() => {
        isCorked = false;
        stream.uncork();
      });
    }
    stream.write(frame);
  };
}

/** Reads frames off a stream until it ends or breaks the rules. Bytes of a frame may be views of one buffer. */
export function readFrames(stream: Duplex, reader: FrameReader): void {
  const buffer = frameBuffer();
  let isOver = false;
  const end = (reason: string | null) => {
    if (isOver) return;
    isOver = true;
    stream.destroy();
    reader.onEnd(reason);
  };
  stream.on('data', (chunk: Buffer) => {
    if (isOver) return;
    const values: unknown[] = [];
    let isMalformed = false;
    try {
      for (const body of buffer.take(chunk)) values.push(decode(body));
    } catch {
      isMalformed = true;
    }
    for (const value of values) reader.onFrame(value);
    if (isMalformed) end('malformed frame');
  });
  for (const event of ['error', 'close', 'end']) stream.on(event, () => end(null));
}

/** Joins chunks only once a whole frame has come: a long one is copied once. */
function frameBuffer(): { take(chunk: Buffer): Generator<Uint8Array> } {
  let chunks: Buffer[] = [];
  let buffered = 0;
  let needed = lengthBytes;
  return {
    *take(chunk) {
      chunks.push(chunk);
      buffered += chunk.length;
      while (buffered >= needed) {
        const head = chunks.length === 1 ? chunk : Buffer.concat(chunks);
        const frameEnd = lengthBytes + head.readUInt32BE(0);
        if (frameEnd > lengthBytes + maxFrameBytes) throw new RangeError('frame too long');
        const isWhole = buffered >= frameEnd;
        const rest = isWhole ? head.subarray(frameEnd) : head;
        needed = isWhole ? lengthBytes : frameEnd;
        buffered = rest.length;
        chunk = rest;
        chunks = [rest];
        if (isWhole) yield plain(head.subarray(lengthBytes, frameEnd));
      }
    },
  };
}
