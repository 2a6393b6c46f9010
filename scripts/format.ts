// `npm run format [PATH…]`: formats, sorts imports and mends what the linter can mend safely.
import { runMain } from './lib/main.ts';
import { runTool } from './lib/tools.ts';

await runMain(async () => {
  const paths = process.argv.slice(2);
  const { code, output } = await runTool('biome', ['check', '--write', ...(paths.length === 0 ? ['.'] : paths)]);
  console.log(output);
  return code;
});
