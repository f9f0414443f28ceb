/** Why a line of the table misses its target, by the line's name; kept by hand and shown only where it is missed. */
export const causes = {
  'encrypt-hundred':
    "the crypto unit costs about one bare encryption an item; the server's one thread costs two and a half, and both cores are then full. Of that thread graphql-js's coercion of the variables takes an eighth, collecting garbage a twelfth, the socket to the client and the statements of the audit event a tenth each; base64 and JSON, type-graphql's instances and the frames to the unit three to five hundredths each; the rest is spread over HTTP and Apollo.",
  'create-key':
    "a key is six statements of its own and about a dozen of the reconciler that installs it, each handed to one of sqlite3's threads and back; the rest is GraphQL and the collection of garbage. Transactions, waits for the disk, events and the log's nodes are shared by up to 32 writes.",
  'bulk-create':
    "the request alone, as `{ __typename }` shows it (second line), takes more than twice the 500 µs that 2,000 a core leave. Of what a key takes, about two thirds are the server's one thread (GraphQL, checks, handing each of some twenty statements to sqlite3's threads, garbage) and one third those threads; a third of the statements are the key's own, the others the reconciler's that installs it.",
  start:
    'about 1.4 CPU-seconds, of which loading code is most (the server from one file, the crypto unit beside it): quiet, that is within the target; the data do not matter.',
};
