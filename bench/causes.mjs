/** Why a line of the table misses its target, by the line's name; kept by hand and shown only where it is missed. */
export const causes = {
  'encrypt-hundred':
    'the server has one thread, which spends several times the cipher on each item around it: variables are coerced twice (once to refuse them without repeating a value, once by graphql-js), made into type-graphql instances and checked by zod, base64 goes both ways, and the answer is resolved field by field; the unit adds about a third of that.',
  'create-key':
    "a key is about a dozen statements of its own, each handed to one of sqlite3's threads and back, and as many again for the reconciler that installs it.",
  'bulk-create':
    "half of the CPU is the server's one thread (GraphQL, checks, rows), most of the rest are statements in sqlite3's threads: a dozen for the key and as many again for the reconciler that installs it. 2,000 a core would leave 500 µs for all of it.",
  start:
    "loading modules is nearly all of it (TypeORM, graphql, fastify's plugins, zod), twice, since the crypto unit starts as a process of its own; the data do not matter.",
};
