/** The load process: takes jobs as messages, and answers what it saw. */
import { quantile } from '../figures.mjs';
import { connect } from './connection.mjs';

let number = 0;

process.on('message', (job) => {
  run(job).then(
    (load) => process.send(load),
    (error) => process.send({ error: error.message }),
  );
});

/** @param {import('./load.mjs').Job} job */
async function run({ endpoint, token, query, variables, clients, seconds = 600, requests = Number.POSITIVE_INFINITY }) {
  const url = new URL(endpoint);
  const connections = await Promise.all(Array.from({ length: clients }, () => connect(url.hostname, Number(url.port))));
  const text = JSON.stringify({ query, variables });
  const head = `POST /graphql HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
  const request = () => {
    number += 1;
    const body = text.replaceAll('$N', String(number));
    return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  };
  const latencies = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  let left = requests;
  await Promise.all(
    connections.map(async (connection) => {
      while (left > 0 && performance.now() < end) {
        left -= 1;
        const sent = performance.now();
        const answer = await connection.send(request());
        latencies.push(performance.now() - sent);
        // Looked at without parsing: the load is to cost little.
        if (!answer.startsWith('HTTP/1.1 200') || answer.includes('"errors"')) throw new Error(answer.slice(0, 2000));
      }
    }),
  ).finally(() => {
    for (const connection of connections) connection.end();
  });
  const took = (performance.now() - began) / 1000;
  return { requests: latencies.length, seconds: took, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}
