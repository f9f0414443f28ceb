import type { Face } from '../contract.js';
import { addGraphiql } from './graphiql-page.js';
import { encodeGraphqlError, graphqlHandler } from './http-handler.js';
import { graphqlSchema } from './schema.js';
import { apolloServer } from './server.js';
import { addSignIn } from './sign-in.js';
import { streamHandler } from './stream-handler.js';

/** The main face: POST /graphql, subscriptions at /graphql/stream, and GraphiQL for a browser. */
export const graphqlFace: Face = {
  name: 'graphql',
  start: async ({ estate, settings, http, signIn }) => {
    const { introspection } = settings;
    const schema = graphqlSchema(estate.keystoreTypes.descriptors);
    const apollo = apolloServer({ schema, introspection, log: estate.log });
    await apollo.start();
    const streams = streamHandler({ schema, estate, introspection });
    const config = { face: 'graphql', encodeError: encodeGraphqlError };
    http.post('/graphql', { config }, graphqlHandler(apollo, estate));
    http.post('/graphql/stream', { config }, streams.handle);
    await addGraphiql(http);
    addSignIn(http, estate, settings, signIn);
    return {
      stop: async () => {
        streams.stop();
        await apollo.stop();
      },
    };
  },
};
