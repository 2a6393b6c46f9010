import type { Page } from 'playwright-core';

/** Logs in as a person does, and waits for the first numbers. */
export async function logIn(page: Page, url: string, name = 'ops', password = 'croupier'): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('#headline[data-state]').waitFor();
}
