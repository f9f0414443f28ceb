/** As much HTTP/1.1 as this needs: one request under way, answers with a length. */
import { createConnection } from 'node:net';

/** @param {string} host @param {number} port */
export async function connect(host, port) {
  const socket = createConnection({ host, port, noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let received = '';
  let waiting;
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    received += chunk;
    const bodyAt = received.indexOf('\r\n\r\n') + 4;
    if (bodyAt === 3) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(received.slice(0, bodyAt))?.[1]);
    if (received.length < bodyAt + length) return;
    const answer = received;
    received = '';
    waiting?.resolve(answer);
  });
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')));
  return {
    /** @param {string} request @returns {Promise<string>} the whole answer */
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    end: () => {
      waiting = undefined;
      socket.destroy();
    },
  };
}
