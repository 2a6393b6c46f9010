/**
 * Shows `title` while `run` is at work, with the seconds that passed, and how long it took when it is done. Resolves with
 * what `run` resolves with; `describe` makes the finished line's text of it, where it is to say more than the title.
 */
export async function step(title, run, describe = () => title) {
  const startedAtMs = performance.now();
  const seconds = () => ((performance.now() - startedAtMs) / 1000).toFixed(1);
  const isTerminal = process.stdout.isTTY === true;
  const show = (mark, text) => process.stdout.write(`${isTerminal ? '\r\x1b[K' : ''}${mark} ${text}`);
  show('…', `${title}${isTerminal ? '' : '\n'}`);
  const timer = setInterval(() => {
    if (isTerminal) show('…', `${title} (${Math.round((performance.now() - startedAtMs) / 1000)} s)`);
  }, 1_000);
  try {
    const result = await run();
    show('✓', `${describe(result)} (${seconds()} s)\n`);
    return result;
  } catch (error) {
    show('✗', `${title} (${seconds()} s)\n`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
