import { type Check, ok, problem } from './check.js';

/** What the server would say of the environment. */
export const settings: Check = {
  name: 'settings',
  run: ({ env, settingProblems }) => {
    if (settingProblems.length > 0) return problem(settingProblems.join('; '), 'Correct them; README.md lists every setting.');
    const given = Object.keys(env).filter((name) => name.startsWith('KYOK_'));
    return ok(given.length === 0 ? 'none given: the defaults of development' : given.sort().join(', '));
  },
};
