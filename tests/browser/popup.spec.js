// The separate window: opened by a click and nothing else, once, and not needed.

import { expect, test } from "./support/fixtures.js";

test.beforeEach(async ({ person }) => {
  await person.logInForCertificate();
  await person.passOneTimePassword();
});

test("a click opens one window although pop-ups are blocked", async ({ context, page, person, words }) => {
  // Pop-ups are blocked indeed: without a click nothing opens.
  await page.addInitScript(() => {
    globalThis.openedUnasked = window.open("about:blank", "not-asked-for") !== null;
  });
  await page.reload();
  expect(await page.evaluate(() => globalThis.openedUnasked)).toBe(false);
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  await person.readSecret(secretWindow);
  expect(context.pages()).toHaveLength(2);
  expect(page.url()).toMatch(/\/cert\/reissue\/ready$/);
  await expect(person.button(words.backToRetrieval)).toBeVisible();
});

test("a second click uses the same window and shows nothing again", async ({ context, page, person, words }) => {
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  const secret = await person.readSecret(secretWindow);
  await page.bringToFront();
  await person.button(words.show).click();
  await expect(secretWindow.getByRole("main")).toContainText(words.alreadyDone);
  expect(context.pages()).toHaveLength(2);
  // The password of the first click is the one that counts.
  await person.button(words.backToRetrieval).click();
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
});

test("the window closes itself on request", async ({ context, person, words }) => {
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  await person.readSecret(secretWindow);
  const closed = secretWindow.waitForEvent("close");
  await person.button(words.closeWindow, secretWindow).click();
  await closed;
});

test("it can be shown on the same page", async ({ context, page, person, words }) => {
  await person.button(words.showHere).click();
  await expect(page).toHaveTitle(words.secretTitle);
  await person.readSecret();
  expect(context.pages()).toHaveLength(1);
  await person.button(words.backToRetrieval).click();
  await expect(person.field(words.code)).toBeVisible();
});

test("the window is readable when narrow", async ({ context, person, words }) => {
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  await person.readSecret(secretWindow);
  await secretWindow.setViewportSize({ width: 320, height: 520 });
  const extra = await secretWindow.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(extra).toBeLessThanOrEqual(0);
  // Wrapped between groups, never inside one.
  const heights = await secretWindow
    .locator(".secret__value .secret__group")
    .evaluateAll((groups) => groups.map((group) => group.getClientRects().length));
  expect(heights).toEqual(heights.map(() => 1));
});
