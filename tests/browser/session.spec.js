// The warning before a session ends. The browser's clock is the test's; the server's is not needed.

import { expect, test } from "./support/fixtures.js";
import { expectAccessible } from "./support/axe.js";

const IDLE = 15 * 60_000;
const WARNING = 2 * 60_000;

test.beforeEach(async ({ page, person }) => {
  await page.clock.install();
  await person.logInAsAdministrator();
});

test("it comes two minutes before the end and can be answered by keyboard", async ({
  page,
  person,
  words,
  language,
}) => {
  const dialog = page.getByRole("dialog");
  const link = page.getByRole("main").getByRole("link").first();
  await link.focus();
  await page.clock.fastForward(IDLE - WARNING - 5_000);
  await expect(dialog).toBeHidden();
  await page.clock.fastForward(10_000);
  await expect(dialog).toBeVisible();
  await expect(dialog).toHaveAccessibleName(/./);
  await page.clock.resume();
  await expectAccessible(page, language, "session dialog");
  // The keyboard stays inside while it is open.
  await expect(person.button(words.keepWorking)).toBeFocused();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => Boolean(document.activeElement.closest("dialog, body")))).toBe(true);
  await person.button(words.keepWorking).focus();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(link).toBeFocused();
});

test.describe("with a longer limit for a whole session", () => {
  test.use({ settings: ['policy.session.absolute="12h"'] });

  test("it can be extended more than ten times", async ({ page, person, words }) => {
    const dialog = page.getByRole("dialog");
    for (let times = 0; times < 11; times += 1) {
      await page.clock.fastForward(IDLE - WARNING + 1_000);
      await expect(dialog).toBeVisible();
      const extended = page.waitForResponse((response) => response.request().method() === "POST");
      await person.button(words.keepWorking).click();
      expect((await extended).ok()).toBe(true);
      await expect(dialog).toBeHidden();
    }
  });
});

test("logging out from it ends the session", async ({ page, person, words }) => {
  await page.clock.fastForward(IDLE - WARNING + 1_000);
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: words.logOut }).click();
  await expect(page.getByRole("main")).toContainText(words.loggedOut);
});

test("a page with a password is left when the time is over", async ({ page, person }) => {
  await person.reissueFor("user01");
  await page.clock.fastForward(IDLE + WARNING);
  await expect(page.locator(".secret__value")).toHaveCount(0);
});
