/** Why a line of the table misses its target, by the line's name; kept by hand and shown only where it is missed. */
export const causes = {
  'encrypt-hundred':
    'the server has one thread, which spends several times the cipher on each item around it: variables are coerced twice (once to refuse them without repeating a value, once by graphql-js), made into type-graphql instances and checked by zod, base64 goes both ways, and the answer is resolved field by field; the unit adds about a third of that.',
  'create-key':
    "a key is six statements of its own and about a dozen of the reconciler that installs it, each handed to one of sqlite3's threads and back; the rest is GraphQL and the collection of garbage. Transactions, waits for the disk, events and the log's nodes are shared by up to 32 writes.",
  'bulk-create':
    "the request alone, as `{ __typename }` shows it (second line), takes more than twice the 500 µs that 2,000 a core leave. Of what a key takes, about two thirds are the server's one thread (GraphQL, checks, handing each of some twenty statements to sqlite3's threads, garbage) and one third those threads; a third of the statements are the key's own, the others the reconciler's that installs it.",
  start:
    "loading modules is nearly all of it (TypeORM, graphql, fastify's plugins, zod), twice, since the crypto unit starts as a process of its own; the data do not matter.",
};
