import { createClient } from 'graphql-sse';

const url = (path) => new URL(path, location.href).href;

/** GraphiQL's way to the server: requests by POST, subscriptions as server-sent events. */
export function fetcherWith(token) {
  const authorization = `Bearer ${token}`;
  const streams = createClient({ url: url('/graphql/stream'), headers: { authorization }, retryAttempts: 0 });
  return (params, { documentAST } = {}) => {
    if (isSubscription(documentAST, params.operationName)) return streams.iterate(params);
    return ask(params, authorization);
  };
}

async function ask(params, authorization) {
  const response = await fetch(url('/graphql'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', authorization },
    body: JSON.stringify(params),
  });
  return await response.json();
}

function isSubscription(documentAST, operationName) {
  const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? [];
  const named = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  return named?.operation === 'subscription';
}
