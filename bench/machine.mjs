import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

/** What was measured, on which machine, and how busy it was before. Markdown. */
export function machineShape() {
  const processors = cpus();
  return `# Results of \`npm run bench\`

- ${new Date().toISOString().slice(0, 16)}Z, commit ${commit()}
- ${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory
- Node.js ${process.version}, ${process.platform} ${process.arch}
- load average at the start: ${loadavg()
    .map((load) => load.toFixed(2))
    .join(' ')}
- server and load share the cores; ratios are medians of rounds taken in turns
`;
}

function commit() {
  const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'src', 'package-lock.json') === '' ? '' : ' with local changes'}`;
}
