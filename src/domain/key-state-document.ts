import { type ByPolicy, type Destination, keyActions, keySituations, keyStates, keyTransitions, usesAllowedIn } from './key-state.js';
import { markdownTable } from './markdown.js';

/** `docs/key-states.md`: the machine as tables, written from the same table that the code runs on. */
export function keyStatesDocument(): string {
  const header = ['action', ...keySituations.map((situation) => `\`${situation}\``)];
  const rows = keyActions.map((action) => [
    `\`${action}\``,
    ...keySituations.map((situation) => cellText(keyTransitions[action][situation])),
  ]);
  const uses = keyStates.map((state) => [
    `\`${state}\``,
    usesAllowedIn(state, { useCompromised: false }).join(', ') || '–',
    usesAllowedIn(state, { useCompromised: true }).join(', ') || '–',
  ]);
  return [
    '# Key states',
    '',
    'Generated from `src/domain/key-state.ts`; a test compares the two. States and moves follow NIST SP 800-57 part 1,',
    'section 7. `…_PENDING` is the state before it while a destruction waits for the end of its pending period; – means refused.',
    '',
    ...markdownTable(header, rows),
    '',
    '`destroy` of an active key deactivates it. A destruction ends at max(now, deactivation + wait) + the longest pending',
    'period of the keystores that hold the key; `endDestruction` is that end. ¹ where the server allows rotation of',
    'deactivated keys.',
    '',
    '## What a key may do',
    '',
    ...markdownTable(['state', 'uses', 'uses when compromised keys may still process'], uses),
    '',
    'While a destruction is pending the key may do nothing. The state of the key and that of the version must both allow a use.',
    '',
  ].join('\n');
}

function cellText(cell: Destination | ByPolicy): string {
  if (cell === null) return '–';
  return typeof cell === 'string' ? `\`${cell}\`` : `\`${cell.to}\` ¹`;
}
