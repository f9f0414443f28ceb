/** A tab for every noun; the files are checked against the schema by a test. */
const documents = import.meta.glob('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });
const variables = import.meta.glob('./examples/*.json', { query: '?raw', import: 'default', eager: true });

export const exampleTabs = Object.entries(documents)
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([path, query]) => ({ query, variables: variables[path.replace('.graphql', '.json')] ?? '' }));
