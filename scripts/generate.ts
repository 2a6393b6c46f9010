// `npm run generate`: writes src/gen from proto/.
import { runMain } from './lib/main.ts';
import { runTool } from './lib/tools.ts';

await runMain(async () => {
  const { code, output } = await runTool('buf', ['generate']);
  console.log(output === '' ? 'src/gen is written' : output);
  return code;
});
