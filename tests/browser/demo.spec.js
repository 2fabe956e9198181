// What whoever tries the service can try.

import { expect, test } from "./support/fixtures.js";

test("the demonstration's cards go on showing new codes", async ({ page, person }) => {
  await page.clock.install();
  await person.open("/demo");
  const codes = page.locator("[data-code]");
  const shown = await codes.allTextContents();
  expect(shown.length).toBeGreaterThan(4);
  await page.route("**/demo/codes", (route) =>
    route.fulfill({ json: { codes: shown.map((_, index) => `00000${index % 10}`), seconds: 30 } }),
  );
  await page.clock.runFor(31_000);
  await expect(codes.first()).toHaveText("000000");
  await expect(codes.nth(1)).toHaveText("000001");
});

test("the codes for the script are those of the page", async ({ page, person }) => {
  await person.open("/demo");
  const { codes, seconds } = await (await page.request.get("/demo/codes")).json();
  const shown = await page.locator("[data-code]").count();
  expect(codes).toHaveLength(shown);
  expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true);
  expect(seconds).toBeGreaterThan(0);
});

test("an expired certificate is refused and leads to a new one", async ({ page, person, words }) => {
  await person.open("/demo");
  await person.button("期限切れの電子証明書を持っていることにする").click();
  const refused = await page.goto("/admin/login");
  expect(refused.status()).toBe(403);
  await expect(page.getByRole("main")).toContainText("電子証明書を確認できませんでした。");
  await page.getByRole("main").getByRole("link", { name: words.getCertificate }).first().click();
  await expect(page).toHaveURL(/\/cert\/login/);
  await person.open("/demo");
  await person.button("新しい電子証明書を取り込んだことにする").click();
  expect((await page.goto("/admin/login")).status()).toBe(200);
});

test("a contract that only paper helps is there", async ({ page, person }) => {
  await person.open("/demo");
  await expect(page.getByRole("main")).toContainText("書面でしか手続きできないご契約");
});
