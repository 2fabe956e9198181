// The case of one form on paper, with two clerks in two browsers.

import { expect, test } from "./support/fixtures.js";
import { press, tabTo, typeInto } from "./support/keyboard.js";
import { readPdf } from "./support/tools.js";

const PASSWORD = /^[2-9ACEFHJKMPRTWXY]{4}(-[2-9ACEFHJKMPRTWXY]{4}){3}$/;

/** Nothing of the password can be seen on the screen. */
async function expectUnseen(page, secret) {
  const seen = await page.evaluate(() => document.body.innerText);
  for (const group of secret.split("-")) expect(seen).not.toContain(group);
  await expect(page.locator("article.letter")).toBeHidden();
}

/** Nothing of the password is there at all. */
async function expectNowhere(page, secret) {
  const text = await page.evaluate(() => document.documentElement.outerHTML);
  for (const group of secret.split("-")) expect(text, page.url()).not.toContain(group);
}

test("from intake to a certificate", async ({ browser, clerk, guard, page, person, server, words }) => {
  await page.goto("/");
  await expect(page.locator("a[href='/office/login']")).toBeVisible();
  const maker = await clerk("maker1");
  const path = await maker.register("user01");
  const number = path.split("/").at(-1);
  await expect(page.getByRole("status").filter({ hasText: number })).toBeVisible();
  await expect(page.locator("#decision")).toHaveCount(0);

  const checker = await clerk("checker1");
  await expect(checker.page.getByRole("navigation", { name: "依頼の区分" })).toContainText("1件");
  await checker.page.getByRole("link", { name: number }).click();
  await expect(checker.page.locator("input[name=decision]:checked")).toHaveCount(0);
  await checker.main().click();
  await expect(checker.page.locator("#error-summary")).toBeFocused();
  await checker.approve(path);
  await expect(checker.page.getByRole("link", { name: "通知書の印刷へ" })).toHaveCount(0);

  const secret = await maker.makeNotice(path);
  expect(secret).toMatch(PASSWORD);
  guard.secret(secret);
  await expectUnseen(page, secret);
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  const { text, pages, title } = await readPdf(await page.pdf({ preferCSSPageSize: true }));
  expect(pages).toBe(1);
  expect(text).toContain(secret);
  expect(text).toContain("鈴木 一郎");
  expect(text).toContain("株式会社サンプル 御中");
  expect(text).toContain("〒100-0000");
  expect(text).toContain(number);
  expect(text).not.toContain("1234567890");
  expect(text).not.toContain("user01");
  expect(title).not.toContain(secret);
  await expectNowhere(checker.page, secret);

  const context = await browser.newContext({ baseURL: server.origin, locale: "ja-JP" });
  const customer = await context.newPage();
  await customer.goto("/cert/login");
  const account = await person.account("user01");
  await person.field(words.contract, customer).fill(account.contract);
  await person.field(words.user, customer).fill(account.user);
  await person.field(words.loginPassword, customer).fill(account.loginPassword);
  await person.button(words.logIn, customer).click();
  await person.field(words.code, customer).fill(secret);
  await person.button(words.get, customer).click();
  await expect(customer).toHaveTitle(words.gotTitle);
  await context.close();

  await maker.confirmPrinted();
  await expect(page).toHaveURL(/tab=to-post$/);
  await maker.main().click();
  await expect(page).toHaveURL(/tab=to-post$/);
  await page.goto(path);
  await expect(page.locator(".history li").last()).toContainText("が通知書を発送");
});

test("neither reload nor Back nor a second tab gives the notice again", async ({ context, page, clerk }) => {
  const maker = await clerk("maker1");
  const path = await maker.register("user01");
  const checker = await clerk("checker1");
  await checker.approve(path);
  const secret = await maker.makeNotice(path);
  const tab = await context.newPage();
  for (const address of [page.url(), path, "/office/requests?tab=all"]) {
    await tab.goto(address);
    await expectNowhere(tab, secret);
  }
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().isNavigationRequest()),
    page.reload(),
  ]);
  expect(answer.status()).toBe(409);
  await expect(page.getByRole("main")).toContainText("通知書は作成済みです。");
  await expectNowhere(page, secret);

  const second = await maker.register("user03");
  await checker.approve(second);
  const other = await maker.makeNotice(second);
  await page.getByRole("main").getByRole("button", { name: "依頼の画面へ" }).click();
  await expect(page).toHaveURL(new RegExp(`${second}\\??$`));
  await page.evaluate(() => setTimeout(() => history.back(), 0));
  await expect(page).not.toHaveURL(new RegExp(`${second}\\??$`));
  await page.waitForLoadState("load");
  await expectNowhere(page, other);
});

test("a notice that came back is void", async ({ page, clerk }) => {
  const maker = await clerk("maker1");
  const path = await maker.register("user01");
  const checker = await clerk("checker1");
  await checker.approve(path);
  await maker.makeNotice(path);
  await page.goto(path);
  await expect(page.getByRole("link", { name: "未着を記録する" })).toHaveCount(0);
  await maker.main().click();
  await expect(page).toHaveURL(/tab=to-post$/);
  await page.goto(path);
  await page.getByRole("link", { name: "未着を記録する" }).click();
  await maker.main().click();
  await expect(page.getByRole("status").filter({ hasText: "未着を記録しました。" })).toBeVisible();
  await expect(page.locator(".history li").last()).toContainText("未着を記録");
});

test("intake and decision with nothing but keys", async ({ page, clerk }) => {
  const maker = await clerk("maker1");
  await press(page, page.getByRole("link", { name: "書面を受け付ける" }));
  await expect(page).toHaveURL(/\/new$/);
  await press(page, page.locator("#edition-standard"), "Space");
  await tabTo(page, page.locator("#received_on"));
  await page.keyboard.type("03312026");
  await typeInto(page, page.locator("#contract"), "1234567890");
  await typeInto(page, page.locator("#user"), "user01");
  await press(page, page.locator("#matter-reissue"), "Space");
  await typeInto(page, page.locator("#scan_reference"), "SCAN-0002");
  for (const check of ["seal", "identity", "registered_address"]) {
    // Tab comes to the one that is chosen; the arrow keys choose.
    await press(page, page.locator(`#${check}-open`), "ArrowUp");
    await expect(page.locator(`#${check}-done`)).toBeChecked();
  }
  await press(page, maker.main());
  await expect(page).toHaveURL(/\/check$/);
  await press(page, page.getByRole("link", { name: "変更 届出内容" }));
  await expect(page).toHaveURL(/\/edit#matters$/);
  await press(page, maker.main());
  await expect(page).toHaveURL(/\/check$/);
  await press(page, maker.main(), "Space");
  await expect(page).toHaveURL(/\/office\/requests\/[^/]+$/);
  await expect(page.getByRole("status")).toBeVisible();

  const checker = await clerk("checker1");
  const desk = checker.page;
  await press(desk, desk.getByRole("main").locator("tbody a").first());
  await press(desk, desk.locator("#decision-approve"), "Space");
  await desk.keyboard.press("ArrowDown");
  await expect(desk.locator("#decision-reject")).toBeChecked();
  await typeInto(desk, desk.locator("#reason"), "No seal");
  await typeInto(desk, desk.locator("#password"), checker.account.loginPassword);
  await desk.keyboard.press("Enter");
  await expect(desk.getByRole("status")).toBeVisible();
  await expect(desk.locator(".history li").last()).toContainText("No seal");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the whole case", async ({ page, clerk }) => {
    const maker = await clerk("maker1");
    const path = await maker.register("user01");
    const checker = await clerk("checker1");
    await checker.approve(path);
    const secret = await maker.makeNotice(path);
    expect(secret).toMatch(PASSWORD);
    await expect(page.locator("article.letter")).toBeHidden();
    await expect(page.getByText("Ctrl+P")).toBeVisible();
    const { text, pages } = await readPdf(await page.pdf({ preferCSSPageSize: true }));
    expect(pages).toBe(1);
    expect(text).toContain(secret);
    await page.getByRole("main").getByRole("button", { name: "依頼の画面へ" }).click();
    await expect(page.locator(".history li")).toHaveCount(5);
  });
});
