/** The API key of this tab. It lives in the tab's session storage and nowhere else. */
const name = 'kyok.token';

export function keptToken() {
  return sessionStorage.getItem(name);
}

export function keepToken(token) {
  sessionStorage.setItem(name, token);
}

export function forgetToken() {
  sessionStorage.removeItem(name);
}

/** Changes the code of a sign-in link for an API key. The code leaves the address bar and the history first. */
export async function redeemedToken() {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return {};
  history.replaceState(null, '', location.pathname);
  const response = await fetch('/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  const answer = await response.json();
  if (!response.ok) return { refusal: answer.message ?? answer.code };
  keepToken(answer.token);
  return { token: answer.token };
}
