// WCAG 2.2 AA on every screen, with and without errors, in both languages.

import { expect, test } from "./support/fixtures.js";
import { expectAccessible } from "./support/axe.js";
import { PUBLIC_SCREENS } from "./screens.js";

for (const path of PUBLIC_SCREENS) {
  test(`public: ${path}`, async ({ page, person, language }) => {
    await person.open(path);
    await expectAccessible(page, language, path);
  });
}

test("login: first, empty, refused and stopped", async ({ page, person, words, language }) => {
  for (const path of ["/admin/login", "/cert/login"]) {
    await person.open(path);
    await expectAccessible(page, language, path);
    await person.button(words.logIn).click();
    await expect(page).toHaveTitle(words.errorTitle);
    await expectAccessible(page, language, `${path} empty`);
  }
  const account = { contract: "1234567890", user: "nobody", loginPassword: "wrong password" };
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await person.fillLogin(account);
    await person.button(words.logIn).click();
    if (attempt === 1) await expectAccessible(page, language, "login refused");
    if (attempt < 5) await person.open("/cert/login");
  }
  await expect(page.getByRole("main")).toContainText(words.locked);
  await expectAccessible(page, language, "login stopped");
});

test("administrator: every screen", async ({ page, person, words, language }) => {
  const check = (screen) => expectAccessible(page, language, screen);
  const titles = new Set();
  const visit = async (path) => {
    await page.goto(path);
    await check(path);
    titles.add(await page.title());
  };
  await person.logInAsAdministrator("admin02");
  const pages = ["/admin", "/admin/users", "/admin/users/cert-password", "/admin/reissues", "/admin/audit"];
  for (const path of pages) await visit(path);
  expect(titles.size, "titles differ").toBe(pages.length);
  await page.goto("/admin/users/cert-password?q=user0&status=expired&sort=-certificate");
  await check("filtered list");
  await page.goto("/admin/users/cert-password?q=nobody-at-all");
  await check("empty list");
  await page.goto("/admin/users/cert-password/nobody-at-all");
  await check("user not selectable");
  await page.goto("/admin/audit?from=2026-12-31&to=2026-01-01");
  await check("history with a wrong period");
  await page.goto("/admin/audit");
  await page.getByRole("main").getByRole("table").getByRole("link").first().click();
  await check("one record of the history");

  await person.chooseUser("user01");
  await check("confirm");
  await person.button(words.reissue).click();
  await check("confirm, empty");
  await person.field(words.acknowledgement).check();
  await person.field(words.transaction).fill("not the password");
  await person.button(words.reissue).click();
  await check("confirm, wrong password");
  await person.reissueFor("user01", "admin02");
  await check("done");
  await page.locator("summary", { hasText: words.reading }).click();
  await check("done, with the reading open");
  await page.goto("/admin/reissues");
  await check("recent reissues");
  await page.locator("a[href$='/handed-over']").click();
  await check("hand over");
  await person.button(words.handedOver).click();
  await check("recent reissues, handed over");
});

test("administrator: locks and unlocking", async ({ page, person, words, language }) => {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await person.open("/cert/login");
    await person.fillLogin({ ...(await person.account("user01")), loginPassword: "wrong" });
    await person.button(words.logIn).click();
  }
  await person.logInAsAdministrator();
  await page.goto("/admin/users/cert-password?status=locked");
  await expectAccessible(page, language, "list of the locked");
  await page.goto("/admin/users/unlock/user01");
  await expectAccessible(page, language, "unlock");
  await page.getByRole("main").locator("button.button--main").click();
  await expectAccessible(page, language, "unlock, empty");
});

test("self-service: every screen", async ({ context, page, person, words, language }) => {
  const check = (screen, where = page) => expectAccessible(where, language, screen);
  await person.logInForCertificate();
  await check("certificate retrieval");
  await person.button(words.get).click();
  await check("certificate retrieval, empty");
  await page.getByText(words.options).click();
  await check("certificate retrieval, with the options open");
  await page.goto("/cert");
  await person.field(words.code).fill("2345-2345-2345-2345");
  await person.button(words.get).click();
  await check("certificate retrieval, wrong");
  await page.goto("/cert/reissue/ready");
  await check("step out of order");
  await page.goto("/cert/reissue");
  await check("one-time password");
  await page.goto("/cert/reissue/no-card");
  await check("without a card");
  await page.goto("/cert/reissue");
  await person.button(words.otpButton).click();
  await check("one-time password, empty");
  await person.field(words.otp).fill("000000");
  await person.button(words.otpButton).click();
  await check("one-time password, wrong");
  await person.passOneTimePassword();
  await check("ready");
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  const secret = await person.readSecret(secretWindow);
  await check("secret window", secretWindow);
  // The first window turns to where it is entered.
  await expect(person.field(words.code)).toBeVisible();
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
  await check("certificate retrieved");
  await page.reload();
  await check("certificate retrieved, once more");
  await page.goto("/cert");
  await check("certificate retrieval, after one");
  await page.goto("/cert/retrieved");
  await person.button(words.saved).click();
  await check("saved");
  await page.goto("/cert/retrieved");
  await check("retrieved before");
  await page.goto("/cert/reissues");
  await check("own reissues");
});

test("refusals and endings", async ({ page, person, words, language }) => {
  const check = (screen) => expectAccessible(page, language, screen);
  await person.open("/");
  await page.goto("/there-is-no-such-page");
  await check("not found");
  await page.goto("/admin");
  await check("no session");
  await person.logInForCertificate("user01");
  await person.link(words.reissueHere).click();
  await check("not eligible");
  await person.button(words.logOut).click();
  await check("logged out");
  await person.logInAsAdministrator("user01");
  await page.goto("/admin/users");
  await check("not permitted");
});

test("back office: every screen", async ({ page, person, clerk, language }) => {
  const check = (screen, where = page) => expectAccessible(where, language, screen);
  await person.open("/office/login");
  await check("staff login");
  await page.getByRole("main").locator("button.button--main").click();
  await check("staff login, empty");
  const maker = await clerk("maker1");
  await check("requests, none");
  await page.goto("/office/requests/new");
  await check("intake");
  await maker.main().click();
  await check("intake, empty");
  await maker.fillForm();
  await page.locator("#seal-open").check();
  await maker.main().click();
  await check("intake, looked over");
  await maker.main().click();
  await check("intake, a check not done");
  await page.getByRole("main").locator("a[href$='/edit#seal']").click();
  await check("correction");
  const path = await maker.register();
  await check("request, waiting");
  await page.goto("/office/requests?tab=all&q=user01");
  await check("search");
  for (const tab of ["waiting", "processed", "returned", "to-post", "undelivered"]) {
    await page.goto(`/office/requests?tab=${tab}`);
    await check(tab);
  }

  const checker = await clerk("checker1");
  const desk = checker.page;
  await desk.goto("/office/login?lang=" + language);
  await desk.goto("/office/requests");
  await check("to approve", desk);
  await desk.goto(path);
  await check("request, to decide on", desk);
  await checker.main().click();
  await check("request, no decision", desk);
  await checker.approve(path);
  await check("request, approved", desk);
  await desk.goto(`${path}/dispatch`);
  await check("the approver does not print", desk);

  await page.goto("/office/requests?tab=to-print");
  await check("to print");
  await page.goto(`${path}/dispatch`);
  await check("dispatch");
  await maker.makeNotice(path);
  await check("notice");
  await page.goto(path);
  await check("request, printed");
  for (const step of ["complete", "returned-mail", "cancel", "reprint"]) {
    await page.goto(`${path}/${step}`);
    await check(step);
  }
  await page.goto("/office/audit");
  await check("no right");
  const auditor = await clerk("auditor1");
  await auditor.page.goto("/office/audit?lang=" + language);
  await check("history of all contracts", auditor.page);
  await auditor.page.getByRole("main").getByRole("table").getByRole("link").first().click();
  await check("one record", auditor.page);
});
