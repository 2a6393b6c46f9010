import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { step } from '../terminal.mjs';
import { rootDir } from './paths.ts';
import { runTool } from './tools.ts';

const GENERATED = join('src', 'gen');

/** What is wrong, in words; null where nothing is. */
type Check = { title: string; run: () => Promise<string | null> };

/** Everything that is checked without running the code. */
const CHECKS: readonly Check[] = [
  { title: 'types (tsc)', run: () => tool('tsc', ['-p', '.']) },
  { title: 'types of the dashboard (tsc)', run: () => tool('tsc', ['-p', 'src/jobs/dashboard/public']) },
  { title: 'types of the lobby (tsc)', run: () => tool('tsc', ['-p', 'src/adapter/lobby/public']) },
  { title: 'lint, format, import direction (biome)', run: () => tool('biome', ['check', '--error-on-warnings', '.']) },
  { title: 'proto lint (buf)', run: () => tool('buf', ['lint']) },
  { title: 'generated code is current (buf generate)', run: generatedCode },
];

/** Runs all of them, whatever fails, and shows what failed. */
export async function runChecks(): Promise<{ passed: number; failed: number }> {
  let failed = 0;
  for (const { title, run } of CHECKS) {
    try {
      await step(title, async () => {
        const problem = await run();
        if (problem !== null) throw new Error(problem);
      });
    } catch (error) {
      failed += 1;
      console.error(`${(error as Error).message}\n`);
    }
  }
  return { passed: CHECKS.length - failed, failed };
}

async function tool(name: string, args: readonly string[]): Promise<string | null> {
  const { code, output } = await runTool(name, args);
  return code === 0 ? null : output || `${name} ended with exit code ${code}`;
}

/** Generates anew, elsewhere, and compares. */
async function generatedCode(): Promise<string | null> {
  const dir = await mkdtemp(join(tmpdir(), 'croupier-gen-'));
  try {
    const problem = await tool('buf', ['generate', '--output', dir]);
    if (problem !== null) return problem;
    const [fresh, committed] = await Promise.all([filesOf(join(dir, GENERATED)), filesOf(join(rootDir, GENERATED))]);
    const names = new Set([...fresh.keys(), ...committed.keys()]);
    const different = [...names].filter((name) => fresh.get(name) !== committed.get(name)).sort();
    if (different.length === 0) return null;
    return `not what proto/ gives now: ${different.join(', ')}. Run: npm run generate`;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function filesOf(dir: string): Promise<Map<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      paths.map(async (path) => [path.slice(dir.length + 1), await readFile(path, 'utf8')] as [string, string]),
    ),
  );
}
