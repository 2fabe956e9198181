// The ways in: the language of the first visit, notices that nobody can forge, the question after the login,
// and links where surfaces have addresses of their own.

import { expect, test } from "./support/fixtures.js";

test.describe("a browser that prefers English", () => {
  test.use({ locale: "en-GB" });

  test("is answered in English until somebody chooses", async ({ page }) => {
    await page.goto("/cert/login");
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await page.getByRole("banner").getByRole("link", { name: "日本語" }).click();
    await expect(page.locator("html")).toHaveAttribute("lang", "ja");
    await page.goto("/help/login");
    await expect(page.locator("html")).toHaveAttribute("lang", "ja");
  });
});

test("a notice of success is told once, and by no address", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  await person.reissueFor("user01");
  await page.goto("/admin/reissues?notice=cancelled");
  await expect(page.getByRole("main")).not.toContainText(words.cancelled);
  await page.goto("/admin/reissues");
  await page.getByRole("row").filter({ hasText: "user01" }).getByRole("button").click();
  await expect(page.getByRole("status").filter({ hasText: words.cancelled })).toBeVisible();
  await expect(page).toHaveURL(/\/admin\/reissues$/);
  await page.reload();
  await expect(page.getByRole("status").filter({ hasText: words.cancelled })).toHaveCount(0);
});

test("after the login it is asked which way one goes", async ({ page, person, words }) => {
  await person.logInForCertificate("user01");
  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { name: "証明書取得用パスワードをお持ちですか" })).toBeVisible();
  await expect(main).toContainText("お持ちの電子証明書");
  await expect(person.field(words.code)).toBeVisible();
  await expect(person.link(words.reissueHere)).toBeVisible();
  await expect(page.locator(".step")).toHaveText([/ログイン/, /電子証明書の取得/]);
});

test("a card that cannot be used leads to the ways that are open", async ({ page, person, words }) => {
  await person.logInForCertificate();
  await person.link(words.reissueHere).click();
  await person.link("ワンタイムパスワードカードが使えないとき").click();
  const main = page.getByRole("main");
  await expect(main).toContainText(words.askAnother);
  await expect(main).not.toContainText("書面");
});

test.describe("with a listener a surface", () => {
  const origins = { "self-service": 18661, admin: 18662 };
  const listeners = Object.entries(origins).map(
    ([surface, port]) => `{ bind = "127.0.0.1:${port}", surfaces = ["${surface}"] }`,
  );
  const addresses = Object.entries(origins).map(
    ([surface, port]) => `${surface} = "http://127.0.0.1:${port}"`,
  );
  test.use({
    settings: [
      `http.listeners=[${listeners.join(", ")}]`,
      `http.public_origins={ ${addresses.join(", ")} }`,
    ],
  });
  // Both addresses are the service's own.
  test.use({ ownOrigins: Object.values(origins).map((port) => `http://127.0.0.1:${port}`) });

  test("a link to another surface goes to its address", async ({ page, person, words }) => {
    await page.goto(`http://127.0.0.1:${origins.admin}/admin/login`);
    await person.link(words.getCertificate).first().click();
    await expect(page).toHaveURL(`http://127.0.0.1:${origins["self-service"]}/cert/login`);
    const account = await person.account("user02");
    await person.fillLogin(account);
    await person.button(words.logIn).click();
    await expect(person.field(words.code)).toBeVisible();
    await page.goto(`http://127.0.0.1:${origins["self-service"]}/`);
    await page.getByRole("main").getByRole("link", { name: words.logIn, exact: true }).click();
    await expect(page).toHaveURL(`http://127.0.0.1:${origins.admin}/admin/login`);
  });
});
