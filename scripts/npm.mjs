import { spawn } from 'node:child_process';
import { basename, delimiter, dirname } from 'node:path';

/**
 * Runs npm, the one that started us where there is one. Its output is kept, not shown: resolves with { code, output }.
 * With `node`, npm itself and whatever it starts run on that Node.
 */
export function runNpm(args, { cwd, node = process.execPath }) {
  const startedBy = process.env.npm_execpath;
  const [command, allArgs] =
    startedBy !== undefined && basename(startedBy) === 'npm-cli.js' ? [node, [startedBy, ...args]] : ['npm', args];
  return new Promise((resolve) => {
    const child = spawn(command, allArgs, {
      cwd,
      env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ code: 1, output: `npm could not be run: ${error.message}` }));
    child.once('close', (code) => resolve({ code: code ?? 1, output: output.trim() }));
  });
}
