import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';
import { GraphiQL } from 'graphiql';
import { StrictMode, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { exampleTabs } from './examples.js';
import { fetcherWith } from './fetcher.js';
import { forgetToken, keepToken, keptToken, redeemedToken } from './session.js';

function Page({ initialToken, refusal }) {
  const [token, setToken] = useState(initialToken);
  const fetcher = useMemo(() => fetcherWith(token), [token]);
  const signIn = (given) => {
    keepToken(given);
    setToken(given);
  };
  const signOut = () => {
    forgetToken();
    setToken(null);
  };
  if (!token) return <SignIn refusal={refusal} onToken={signIn} />;
  return (
    <GraphiQL key={token} fetcher={fetcher} defaultTabs={exampleTabs} shouldPersistHeaders={false} isHeadersEditorEnabled={false}>
      <GraphiQL.Logo>
        <span className="kyok-name">kyok</span>
        <button type="button" className="kyok-sign-out" onClick={signOut}>
          Sign out
        </button>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

function SignIn({ refusal, onToken }) {
  const submit = (event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get('token').trim();
    if (given !== '') onToken(given);
  };
  return (
    <form className="kyok-sign-in" onSubmit={submit}>
      <h1>kyok</h1>
      {refusal && <p role="alert">{refusal}</p>}
      <p>
        Open the sign-in link that <code>npm start</code> printed, or paste an API key. It stays in this tab.
      </p>
      <input name="token" type="password" placeholder="kyok_…" autoComplete="off" aria-label="API key" />
      <button type="submit">Sign in</button>
    </form>
  );
}

const { token, refusal } = await redeemedToken();
createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Page initialToken={token ?? keptToken()} refusal={refusal} />
  </StrictMode>,
);
