/** Shell completion, generated from the command tree. */
import type { Command } from 'commander';
import { usageFailure } from './failure.js';

export const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** Words that may follow a command path. */
interface Completions {
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly text: string }[];
  readonly options: readonly { readonly name: string; readonly text: string }[];
}

/**
 * The script that a shell reads to complete `kyok`.
 * @throws CliFailure USAGE for other shells.
 */
export function completionScript(program: Command, shell: string): string {
  const known = shells.find((candidate) => candidate === shell);
  if (!known) throw usageFailure(`Completion is there for ${shells.join(', ')}.`);
  return writers[known](completionsOf(program, [], program));
}

function completionsOf(command: Command, path: readonly string[], program: Command): Completions[] {
  const own = {
    path: path.join(' '),
    commands: command.commands.map((child) => ({ name: child.name(), text: child.description() })),
    options: [...command.options, ...(command === program ? [] : program.options)].map(({ long, description }) => ({
      name: long ?? '',
      text: description,
    })),
  };
  const below = command.commands.flatMap((child) =>
    [child.name(), ...child.aliases()].flatMap((name) => completionsOf(child, [...path, name], program)),
  );
  return [own, ...below];
}

const words = ({ commands, options }: Completions) => [...commands, ...options].map(({ name }) => name).join(' ');

/** The command path is every word before the cursor that some path continues with. */
const cases = (completions: readonly Completions[]) =>
  completions.map((entry) => `    '${entry.path}') words='${words(entry)}' ;;`).join('\n');
const paths = (completions: readonly Completions[]) => completions.map(({ path }) => `'${path}'`).join('|');

const writers: Readonly<Record<Shell, (completions: readonly Completions[]) => string>> = {
  bash: (completions) => `# bash completion of kyok: source <(kyok completion bash)
_kyok() {
  local path='' next words word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in ${paths(completions.slice(1))}) path="$next" ;; esac
  done
  case "$path" in
${cases(completions)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [[ \${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _kyok kyok
`,
  zsh: (completions) => `#compdef kyok
# zsh completion of kyok: source <(kyok completion zsh)
_kyok() {
  local path_='' next words_ i
  for ((i = 2; i < CURRENT; i++)); do
    next="\${path_:+$path_ }\${words[i]}"
    case "$next" in (${paths(completions.slice(1))}) path_="$next" ;; esac
  done
  case "$path_" in
${completions.map((entry) => `    ('${entry.path}') words_='${words(entry)}' ;;`).join('\n')}
  esac
  compadd -- \${=words_} || _files
}
compdef _kyok kyok
`,
  fish: (completions) => `# fish completion of kyok: kyok completion fish | source
function __kyok_path
  set -l path ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim "$path $word")
    contains -- "$next" ${completions
      .slice(1)
      .map(({ path }) => `'${path}'`)
      .join(' ')}; and set path "$next"
  end
  echo "$path"
end
${completions.flatMap(fishLines).join('\n')}
`,
};

function fishLines({ path, commands, options }: Completions): string[] {
  const when = `-n 'test "$(__kyok_path)" = "${path}"'`;
  return [
    ...commands.map(({ name, text }) => `complete -c kyok -f ${when} -a ${name} -d ${fishQuoted(text)}`),
    ...options.map(({ name, text }) => `complete -c kyok ${when} -l ${name.slice(2)} -d ${fishQuoted(text)}`),
  ];
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
