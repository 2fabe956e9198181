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

test("it names the limit that ends and counts down", async ({ page, person, words }) => {
  const dialog = page.getByRole("dialog");
  await page.clock.fastForward(IDLE - WARNING + 1_000);
  await expect(dialog).toContainText("操作がないため、あと1分5");
  await page.clock.fastForward(60_000);
  await expect(dialog).toContainText("操作がないため、あと0分5");
  await person.button(words.keepWorking).click();
  await expect(dialog).toBeHidden();
});

test("who is at work is not told of inactivity", async ({ page }) => {
  const dialog = page.getByRole("dialog");
  for (let minutes = 0; minutes < 30; minutes += 10) {
    await page.clock.fastForward(10 * 60_000);
    const extended = page.waitForResponse((response) => response.url().endsWith("/keep-alive"));
    await page.keyboard.press("Shift");
    expect((await extended).ok()).toBe(true);
    await expect(dialog).toBeHidden();
  }
});

test("the end of a whole session is told once, to who is at work too, and cannot be put off", async ({
  page,
  person,
  words,
}) => {
  // The server's clock is not the browser's: the page is told of a session that is nearly over.
  await page.route("**/keep-alive", (route) => route.fulfill({ status: 200, body: "100" }));
  const dialog = page.getByRole("dialog");
  await page.clock.fastForward(2 * 60_000);
  await page.keyboard.press("Shift");
  await page.clock.fastForward(2_000);
  await expect(dialog).toContainText("ログインから1時間たつため、あと1分");
  await person.button(words.keepWorking).click();
  await expect(dialog).toBeHidden();
  await page.clock.fastForward(30_000);
  await expect(dialog).toBeHidden();
});

test("after the end one is where one was", async ({ page, person, words }) => {
  await page.goto("/admin/users/cert-password?q=user0");
  await page.context().clearCookies({ name: /warifu-admin$/ });
  await page.clock.fastForward(IDLE + 1_000);
  await expect(page).toHaveURL(/\/admin\/login\?/);
  await person.fillLogin(await person.account("admin01"));
  await person.button(words.logIn).click();
  await expect(page).toHaveURL(/\/admin\/users\/cert-password\?q=user0$/);
  await expect(person.field(words.searchField)).toHaveValue("user0");
});
