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
  // The first window turns to where the password is entered.
  await expect(page).toHaveURL(/\/cert#code$/);
  await expect(person.field(words.code)).toBeFocused();
});

test("a second press leaves the password on screen and says so", async ({ context, page, person, words }) => {
  // Windows that hear nothing of each other: the first one stays.
  await page.addInitScript(() => {
    delete globalThis.BroadcastChannel;
  });
  await page.clock.install();
  await page.reload();
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  const secret = await person.readSecret(secretWindow);
  await page.bringToFront();
  await page.clock.fastForward(5_000);
  await person.button(words.show).click();
  await expect(page.getByRole("main")).toContainText(words.alreadyShown);
  expect(context.pages()).toHaveLength(2);
  expect(await person.readSecret(secretWindow)).toBe(secret);
  // The password of the first press is the one that counts.
  await page.goto("/cert");
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
});

test("a double click opens one window and asks once", async ({ context, page, person, words }) => {
  const asked = [];
  context.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/show")) asked.push(request.url());
  });
  const opened = context.waitForEvent("page");
  await person.button(words.show).dblclick();
  await person.readSecret(await opened);
  await expect(page).toHaveURL(/\/cert#code$/);
  expect(asked).toHaveLength(1);
  expect(context.pages()).toHaveLength(2);
});

test("whoever goes back is told of the password that is shown", async ({ context, page, person, words }) => {
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  const secret = await person.readSecret(secretWindow);
  await expect(page).toHaveURL(/\/cert#code$/);
  await page.goBack();
  await expect(page.getByRole("main")).toContainText(words.alreadyShown);
  expect(await person.readSecret(secretWindow)).toBe(secret);
  // Whoever does not find it begins again with a one-time password.
  await expect(page.getByRole("main").locator("a[href='/cert/reissue']")).toBeVisible();
});

test("the window holds the password, its end and two buttons, without scrolling", async ({
  context,
  person,
  words,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  await person.readSecret(secretWindow);
  await secretWindow.setViewportSize({ width: 400, height: 480 });
  await person.button(words.copy, secretWindow).click();
  await expect(secretWindow.getByRole("status")).toHaveText(words.copied);
  const seen = await secretWindow.evaluate(() => ({
    across: document.documentElement.scrollWidth - innerWidth,
    down: document.documentElement.scrollHeight - innerHeight,
    headings: [...document.querySelectorAll("h1, h2, h3")].length,
    facts: [...document.querySelectorAll("dt")].length,
    landmarks: document.querySelectorAll("header, nav, footer, form, details, dialog").length,
  }));
  expect(seen).toEqual({ across: 0, down: 0, headings: 1, facts: 1, landmarks: 0 });
  await expect(secretWindow.getByRole("button")).toHaveCount(2);
  await expect(secretWindow.locator("dd time")).toBeVisible();
});

test("the window closes itself on request", async ({ context, person, words }) => {
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  await person.readSecret(secretWindow);
  const closed = secretWindow.waitForEvent("close");
  // The window may be gone before the click is over.
  await person.button(words.closeWindow, secretWindow).click().catch(() => {});
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
