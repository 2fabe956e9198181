// A password is shown once, to the person who asked for it, and stays nowhere.

import { expect, test } from "./support/fixtures.js";
import { readPdf } from "./support/tools.js";

/** Everything that a page shows, holds or has stored, as one text. */
async function everythingOn(page) {
  return page.evaluate(async () => {
    const shown = [
      document.documentElement.outerHTML,
      document.documentElement.innerText,
      document.title,
      location.href,
      JSON.stringify(history.state),
      window.name,
    ];
    // The browser's own page "confirm to send the form again" has no storage.
    if (!location.protocol.startsWith("http")) return shown.join("\n");
    const databases = await indexedDB.databases();
    const caches = await globalThis.caches.keys();
    const stored = [localStorage, sessionStorage].map((storage) => JSON.stringify({ ...storage }));
    return [...shown, document.cookie, ...stored, JSON.stringify([databases, caches])].join("\n");
  });
}

const withoutHyphens = (text) => text.replaceAll("-", "");

async function expectNowhere(page, secret) {
  const text = withoutHyphens(await everythingOn(page));
  expect(text.includes(withoutHyphens(secret)), `the password at ${page.url()}`).toBe(false);
}

test("reloading neither reissues nor shows again", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  const secret = await person.reissueFor("user01");
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().isNavigationRequest()),
    page.reload(),
  ]);
  expect(answer.status()).toBe(409);
  await expect(page.getByRole("main")).toContainText(words.alreadyDone);
  await expectNowhere(page, secret);
  // The password that was shown is still the one that counts.
  await person.button(words.logOut).click();
  await person.logInForCertificate("user01");
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
});

test("the separate window cannot be reloaded either", async ({ context, page, person, words }) => {
  await person.logInForCertificate();
  await person.passOneTimePassword();
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  const secret = await person.readSecret(secretWindow);
  await secretWindow.reload();
  await expect(secretWindow.getByRole("main")).toContainText(words.alreadyShown);
  await expectNowhere(secretWindow, secret);
});

const WAYS_OUT = {
  "back to the selection": (person) => person.button(person.words.backToSelection).click(),
  "to the top page": (person) => person.button(person.words.toTop).click(),
  "another address": (person) => person.page.goto("/admin/audit"),
  "logging out": (person) => person.button(person.words.logOut).click(),
};

/** Goes back as the button of the browser does, and waits for what comes. */
async function goBack(page) {
  const mark = await page.evaluate(() => (globalThis.leftFrom = Math.random()));
  await page.evaluate(() => setTimeout(() => history.back(), 0));
  const sameDocument = () => page.evaluate(() => globalThis.leftFrom ?? null).catch(() => mark);
  await expect.poll(sameDocument).not.toBe(mark);
  await page.waitForLoadState("load");
}

for (const [way, leave] of Object.entries(WAYS_OUT)) {
  test(`Back shows no password after ${way}`, async ({ page, person }) => {
    await person.logInAsAdministrator();
    const secret = await person.reissueFor("user01");
    await leave(person);
    await expect(page.locator(".secret__value")).toHaveCount(0);
    await goBack(page);
    await expect(page.locator(".secret__value")).toHaveCount(0);
    await expectNowhere(page, secret);
    // Sending the form again from there neither shows it nor makes another.
    await page.reload();
    await expect(page.getByRole("main")).toBeVisible();
    await expect(page.locator(".secret__value")).toHaveCount(0);
    await expectNowhere(page, secret);
  });
}

test("Back shows no password after retrieval", async ({ page, person, words }) => {
  await person.logInForCertificate();
  await person.passOneTimePassword();
  await person.button(words.showHere).click();
  const secret = await person.readSecret();
  await person.button(words.backToRetrieval).click();
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
  const passphrase = await page.locator(".secret__value").textContent();
  await person.button(words.logOut).click();
  await expect(page.getByRole("main")).toContainText(words.loggedOut);
  for (let steps = 0; steps < 4; steps += 1) {
    await goBack(page);
    await expect(page.locator(".secret__value")).toHaveCount(0);
    await expectNowhere(page, secret);
    await expectNowhere(page, passphrase);
  }
});

test("nothing is stored, and neither address nor title tells", async ({ page, person }) => {
  await person.logInAsAdministrator();
  const secret = await person.reissueFor("user01");
  const outside = await page.evaluate(() => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookies: document.cookie,
    title: document.title,
    address: location.href,
    name: window.name,
    state: history.state,
  }));
  expect(outside).toMatchObject({ local: {}, session: {}, cookies: "", state: null });
  expect(withoutHyphens(JSON.stringify(outside))).not.toContain(withoutHyphens(secret));
});

test("a second tab gets nothing", async ({ context, page, person, words }) => {
  await person.logInAsAdministrator();
  const secret = await person.reissueFor("user01");
  const tab = await context.newPage();
  for (const path of ["/admin", "/admin/users/cert-password", "/admin/reissues", "/admin/audit"]) {
    await tab.goto(path);
    await expect(person.button(words.logOut, tab)).toBeVisible();
    await expectNowhere(tab, secret);
  }
  const answer = await tab.goto(page.url());
  expect(answer.status()).toBeLessThan(400);
  await expectNowhere(tab, secret);
});

test("a secret page is sent with all that keeps it out of caches", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  await person.chooseUser("user01");
  await person.field(words.acknowledgement).check();
  await person.field(words.transaction).fill("demo-trans-admin01");
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await person.button(words.reissue).click();
  const answer = await answered;
  expect(answer.status()).toBe(200);
  expect(answer.headers()["cache-control"]).toBe("no-store");
  await person.readSecret();
  await expect(page.locator("html")).toHaveAttribute("translate", "no");
  await expect(page.locator("meta[name=google]")).toHaveAttribute("content", "notranslate");
  const value = page.locator(".secret__value").first();
  await expect(value).toHaveAttribute("translate", "no");
  await expect(value).toHaveAttribute("lang", "en");
});

test("logging out clears what the browser keeps", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await person.button(words.logOut).click();
  const headers = await (await answered).allHeaders();
  expect(headers["clear-site-data"]).toBe('"cache", "storage"');
});

test("copying, hiding and showing again", async ({ context, page, person, words }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.clock.install();
  await person.logInAsAdministrator();
  const secret = await person.reissueFor("user01");
  await person.button(words.copy).click();
  await expect(page.getByRole("status").filter({ hasText: words.copied })).toBeVisible();
  await expect(person.button(words.copy)).toBeFocused();
  // No page of the service may read the clipboard, so it is pasted where it will be needed.
  const other = await context.newPage();
  await other.goto("/cert/login");
  await person.field(words.user, other).focus();
  await other.keyboard.press("Control+V");
  await expect(person.field(words.user, other)).toHaveValue(secret);
  await other.close();

  const value = page.locator(".secret__value").first();
  const covered = async () => !(await value.innerText()).includes(secret.slice(0, 4));
  expect(await covered()).toBe(false);
  await person.button(words.hide).click();
  await expect(page.getByRole("status").filter({ hasText: words.masked })).toBeVisible();
  expect(await covered()).toBe(true);
  await person.button(words.showAgain).click();
  expect(await covered()).toBe(false);

  // It covers itself after a minute and can still be shown: nothing is lost.
  await page.clock.fastForward(61_000);
  await expect.poll(covered).toBe(true);
  await person.button(words.showAgain).click();
  expect(await covered()).toBe(false);
  expect(await value.textContent()).toBe(secret);
});

test("the printed sheet is one page with the password and without the contract", async ({
  page,
  person,
  words,
}) => {
  await person.logInAsAdministrator();
  const secret = await person.reissueFor("user01");
  // Covered on the screen, it is still printed.
  await person.button(words.hide).click();
  const { text, pages, title } = await readPdf(await page.pdf({ preferCSSPageSize: true }));
  expect(pages).toBe(1);
  expect(text).toContain(secret);
  expect(text).toContain(words.printNotice);
  expect(text).toContain("鈴木 一郎");
  expect(text).toContain("山田 太郎");
  expect(text).not.toContain("1234567890");
  expect(text).not.toContain("user01");
  expect(text).not.toContain(words.logOut);
  expect(text).not.toContain(words.backToSelection);
  expect(text).not.toContain("1234567890");
  expect(title).not.toContain(secret);
});

test("the separate window is one page of paper too", async ({ context, page, person, words }) => {
  await person.logInForCertificate();
  await person.passOneTimePassword();
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  const secret = await person.readSecret(secretWindow);
  const { text, pages } = await readPdf(await secretWindow.pdf({ preferCSSPageSize: true }));
  expect(pages).toBe(1);
  expect(text).toContain(secret);
  expect(text).not.toContain("1234567890");
});

test("the print button prints once and is recorded", async ({ page, person, words }) => {
  await page.addInitScript(() => {
    globalThis.printed = 0;
    globalThis.print = () => {
      globalThis.printed += 1;
    };
  });
  await person.logInAsAdministrator();
  await person.reissueFor("user01");
  await person.button(words.print).click();
  await expect.poll(() => page.evaluate(() => globalThis.printed)).toBe(1);
  await page.goto("/admin/audit");
  await expect(page.getByRole("table")).toContainText(words.printRequested);
});
