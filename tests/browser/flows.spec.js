// The two ways to a new password, as the bank's procedure describes them, from the home page on.

import { expect, test } from "./support/fixtures.js";
import { makeRequest, openPkcs12 } from "./support/tools.js";

test("an administrator reissues for another user", async ({ page, person, words, accounts }) => {
  await person.open("/");
  await person.link(words.logIn).click();
  await expect(page).toHaveTitle(words.adminLoginTitle);
  const admin = await person.account("admin01");
  await person.fillLogin(admin);
  await person.button(words.logIn).click();

  await expect(page).toHaveTitle(words.top);
  await expect(page.getByRole("heading", { name: words.settings })).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: words.users }).click();
  await page.getByRole("main").getByRole("link", { name: words.reissueMenu }).click();

  await expect(page).toHaveTitle(words.selectTitle);
  await person.button(words.select("鈴木 一郎", "user01")).click();

  await expect(person.link(words.chooseAgain)).toBeVisible();
  await expect(page.getByRole("main")).toContainText("鈴木 一郎");
  await person.field(words.acknowledgement).check();
  await person.field(words.transaction).fill(admin.transactionPassword);
  await person.button(words.reissue).click();

  await expect(page).toHaveTitle(words.doneTitle);
  await expect(page.getByRole("status").filter({ hasText: words.done })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page.getByRole("main")).toContainText(words.caution);
  await expect(page.getByRole("main")).toContainText(words.keepSafe);
  await expect(person.button(words.print)).toBeVisible();
  const first = await person.readSecret();

  // The user gets a certificate with it, and an earlier one is void.
  await person.button(words.backToSelection).click();
  await expect(page).toHaveTitle(words.selectTitle);
  const second = await person.reissueFor("user01");
  expect(second).not.toBe(first);
  await person.button(words.logOut).click();
  await expect(page.getByRole("main")).toContainText(words.loggedOut);

  await person.logInForCertificate("user01");
  await person.field(words.code).fill(first);
  await person.button(words.get).click();
  await expect(page.locator("#error-summary")).toContainText(words.messages.codeWrong);
  await person.field(words.code).fill(second);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
  expect((await accounts()).length).toBeGreaterThan(3);
});

test("a holder of the right reissues for oneself and gets a certificate", async ({
  context,
  page,
  person,
  words,
}, testInfo) => {
  await person.open("/");
  await page.getByRole("main").getByRole("link", { name: words.getCertificate }).click();
  await person.fillLogin(await person.account("user02"));
  await person.button(words.logIn).click();

  await expect(page.getByRole("main")).toContainText(words.caution);
  await person.link(words.reissueHere).click();
  await person.field(words.otp).fill((await person.account("user02")).code);
  await person.button(words.otpButton).click();

  await expect(page).toHaveTitle(words.readyTitle);
  const show = person.button(words.show);
  await expect(show).toHaveAccessibleName(new RegExp(words.newWindow));
  const opened = context.waitForEvent("page");
  await show.click();
  const secretWindow = await opened;
  await expect(secretWindow).toHaveTitle(words.secretTitle);
  const secret = await person.readSecret(secretWindow);

  // The first window turns to where it is entered.
  await expect(person.field(words.code)).toBeVisible();
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();

  await expect(page).toHaveTitle(words.gotTitle);
  const passphrase = await page.locator(".secret__value").textContent();
  const downloading = page.waitForEvent("download");
  await person.link(words.download).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/\.p12$/);
  const path = testInfo.outputPath("certificate.p12");
  await download.saveAs(path);
  const { text, keyMatches } = await openPkcs12(path, passphrase);
  expect(text).toContain("CN=user02");
  expect(text).toContain("OU=1234567890");
  expect(text).toContain("O=株式会社サンプル");
  expect(text).toContain("TLS Web Client Authentication");
  expect(keyMatches).toBe(true);
});

test("a passphrase of one's own opens the file", async ({ page, person, words }, testInfo) => {
  await person.logInForCertificate();
  await person.passOneTimePassword();
  await person.button(words.showHere).click();
  await expect(page).toHaveTitle(words.secretTitle);
  const secret = await person.readSecret();
  await person.button(words.backToRetrieval).click();

  await person.field(words.code).fill(secret);
  await page.getByText(words.options).click();
  await person.field(words.passphrase).fill("割符の合言葉 2026");
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
  await expect(page.locator(".secret__value")).toHaveCount(0);
  const downloading = page.waitForEvent("download");
  await person.link(words.download).click();
  const path = testInfo.outputPath("certificate.p12");
  await (await downloading).saveAs(path);
  expect((await openPkcs12(path, "割符の合言葉 2026")).keyMatches).toBe(true);
});

test("an entry is forgiven its case, width, spaces and hyphens", async ({ page, person, words }) => {
  await person.logInForCertificate();
  await page.goto("/cert/reissue");
  const { code } = await person.account("user02");
  const wide = [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join("");
  await person.field(words.otp).fill(`${wide.slice(0, 3)} ${wide.slice(3)}`);
  await person.button(words.otpButton).click();
  await expect(page).toHaveTitle(words.readyTitle);
  await person.button(words.showHere).click();
  const secret = await person.readSecret();
  await person.button(words.backToRetrieval).click();
  await person.field(words.code).fill(` ${secret.toLowerCase().replaceAll("-", "ー")} `);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
});

test("who may not reissue is told how to go on", async ({ page, person, words }) => {
  await person.logInForCertificate("user01");
  await person.link(words.reissueHere).click();
  const main = page.getByRole("main");
  await expect(main).toContainText(words.notEligible);
  // Others of the contract can help; paper is for those whom nobody else can.
  await expect(main).toContainText(words.askAnother);
  await expect(main.locator("a[href='/forms']")).toHaveCount(0);
});

test("steps cannot be taken out of order", async ({ page, person, words }) => {
  await person.logInForCertificate();
  const answer = await page.goto("/cert/reissue/ready");
  expect(answer.status()).toBe(409);
  await expect(page.getByRole("main")).toContainText(words.otpFirst);
});

test("an administrator without the right is turned away", async ({ page, person, words }) => {
  await person.logInAsAdministrator("user01");
  await expect(page.getByRole("main").getByRole("link", { name: words.users })).toHaveCount(0);
  const answer = await page.goto("/admin/users/cert-password");
  expect(answer.status()).toBe(403);
  await expect(page.getByRole("main")).toContainText(words.noRight);
});

test("the list finds, sorts and turns pages by address", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  await page.goto("/admin/users/cert-password");
  const rows = page.getByRole("table").getByRole("row");
  await expect(rows).toHaveCount(21);
  await page.getByRole("navigation").locator("a[rel=next]").click();
  await expect(rows).toHaveCount(10);
  await page.goto("/admin/users/cert-password?q=user0");
  await expect(rows).toHaveCount(10);
  await expect(person.field(words.searchField)).toHaveValue("user0");
  const header = page.getByRole("columnheader").first();
  await header.getByRole("link").click();
  await expect(header).toHaveAttribute("aria-sort", "ascending");
  await header.getByRole("link").click();
  await expect(header).toHaveAttribute("aria-sort", "descending");
  await expect(rows.nth(1)).toContainText("user09");
  await person.field(words.searchField).fill("該当なし");
  await person.button(words.search).click();
  await expect(page.getByRole("status").filter({ hasText: words.noMatch })).toBeVisible();
});

test("a user of another contract cannot be selected", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  const unknown = await page.goto("/admin/users/cert-password/nobody");
  expect(unknown.status()).toBe(404);
  await expect(page.getByRole("main")).toContainText(words.notSelectable);
});

test("a certificate is issued for a key that never left its owner", async ({ page, person, words }, testInfo) => {
  const { request, publicKey, publicKeyOf } = await makeRequest();
  await person.logInForCertificate();
  await person.passOneTimePassword();
  await person.button(words.showHere).click();
  const secret = await person.readSecret();
  await person.button(words.backToRetrieval).click();
  await person.field(words.code).fill(secret);
  await page.getByText(words.options).click();
  await page.locator("textarea").fill(request);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
  const downloading = page.waitForEvent("download");
  await person.link(words.download).click();
  const path = testInfo.outputPath("certificate.pem");
  await (await downloading).saveAs(path);
  expect(await publicKeyOf(path)).toBe(publicKey);
});

test("a cancelled password gets no certificate", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  const secret = await person.reissueFor("user01");
  await page.goto("/admin/reissues");
  const row = page.getByRole("row").filter({ hasText: "user01" });
  await row.getByRole("button", { name: words.takeBack }).click();
  await expect(page.getByRole("main")).toContainText(words.cancelled);
  await person.button(words.logOut).click();
  await person.logInForCertificate("user01");
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page.locator("#error-summary")).toContainText(words.messages.codeWrong);
});

test("a locked user is let in again by an administrator", async ({ page, person, words }) => {
  const user = await person.account("user01");
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await person.open("/cert/login");
    await person.fillLogin({ ...user, loginPassword: "wrong" });
    await person.button(words.logIn).click();
  }
  await expect(page.getByRole("main")).toContainText(words.locked);
  await person.logInAsAdministrator();
  await page.getByRole("main").getByRole("link", { name: words.users }).click();
  await page.getByRole("main").getByRole("link", { name: words.clearLock }).click();
  const row = page.getByRole("row").filter({ hasText: "user01" });
  await row.getByRole("button", { name: words.clearLockOf }).click();
  await page.getByRole("checkbox", { name: words.loginPassword }).check();
  await person.field(words.transaction).fill("demo-trans-admin01");
  await person.button(words.clearTheLock).click();
  await expect(page.getByRole("main")).toContainText(words.lockCleared);
  await person.button(words.logOut).click();
  await person.logInForCertificate("user01");
});

test("sessions are ended: a user's by an administrator, and one's own elsewhere", async ({
  browser,
  page,
  person,
  words,
  server,
  locale,
  language,
}) => {
  // Somebody at work in a browser of their own.
  const elsewhere = await browser.newContext({ baseURL: server.origin, locale });
  const other = await elsewhere.newPage();
  const logInThere = async (id) => {
    const account = await person.account(id);
    await other.goto("/cert/login");
    if ((await other.locator("html").getAttribute("lang")) !== language) {
      await other.getByRole("banner").getByRole("link", { name: words.languageLink }).click();
    }
    await person.field(words.contract, other).fill(account.contract);
    await person.field(words.user, other).fill(account.user);
    await person.field(words.loginPassword, other).fill(account.loginPassword);
    await person.button(words.logIn, other).click();
    await expect(person.button(words.logOut, other)).toBeVisible();
  };
  const isLoggedOutThere = async () => {
    await other.goto("/cert");
    await expect(other).toHaveURL(/\/cert\/login/);
  };

  await logInThere("user01");
  await person.logInAsAdministrator();
  await page.goto("/admin/users/cert-password");
  await person.button(words.endSessions("鈴木 一郎", "user01")).click();
  await expect(page.getByRole("status").filter({ hasText: words.sessionsEnded })).toBeVisible();
  await isLoggedOutThere();

  // The administrator is logged in there, too, and ends that from here.
  await logInThere("admin01");
  await page.goto("/admin");
  await person.button(words.endOthers).click();
  await expect(page.getByRole("status").filter({ hasText: words.othersEnded })).toBeVisible();
  await isLoggedOutThere();
  await page.goto("/admin");
  await expect(person.button(words.logOut)).toBeVisible();
  await elsewhere.close();
});
