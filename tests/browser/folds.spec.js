// What is decided on, and what was done, is seen at once on a usual screen.

import { expect, test } from "./support/fixtures.js";

const FOLD = 800;

test.use({ viewport: { width: 1280, height: FOLD } });

/** Where something ends; it must be in sight without scrolling. */
async function bottomOf(locator) {
  await expect(locator).toBeVisible();
  const { y, height } = await locator.boundingBox();
  return y + height;
}

async function expectInFold(parts) {
  for (const [name, part] of Object.entries(parts)) {
    expect(await bottomOf(part), name).toBeLessThanOrEqual(FOLD);
  }
}

async function expectLowHeader(page) {
  const { height } = await page.locator("header").boundingBox();
  expect(height, `the header at ${page.url()}`).toBeLessThanOrEqual(96);
}

test("whom and what a reissue is for, and its button", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  await person.chooseUser("user01");
  const facts = page.locator("main dl > div");
  expect(await facts.count()).toBeGreaterThanOrEqual(4);
  await expectInFold({
    facts: facts.last(),
    acknowledgement: person.field(words.acknowledgement),
    password: person.field(words.transaction),
    button: person.button(words.reissue),
  });
  await expectLowHeader(page);
});

test("whose password it is, the password, and what to do with it", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  await person.reissueFor("user01");
  const main = page.getByRole("main");
  const done = main.getByRole("status").filter({ hasText: words.done });
  const name = main.getByText("鈴木 一郎").first();
  const id = main.getByText("user01", { exact: true }).first();
  const value = page.locator(".secret__value").first();
  await expectInFold({
    done,
    name,
    id,
    value,
    print: person.button(words.print),
    copy: person.button(words.copy),
  });
  const top = async (locator) => (await locator.boundingBox()).y;
  expect(await top(done)).toBeLessThan(await top(name));
  expect(await bottomOf(name)).toBeLessThanOrEqual(await top(value));
  expect(await bottomOf(id)).toBeLessThanOrEqual(await top(value));
  // The strongest button is the one that prints, and the only strong one.
  await expect(person.button(words.print)).toHaveClass(/button--main/);
  await expect(main.locator(".button--main:visible")).toHaveCount(1);
  await expectLowHeader(page);
});

test("the header stays low on every page", async ({ page, person }) => {
  await person.logInAsAdministrator();
  for (const path of ["/admin", "/admin/users", "/admin/users/cert-password", "/admin/reissues"]) {
    await page.goto(path);
    await expectLowHeader(page);
  }
  for (const path of ["/", "/cert/login"]) {
    await page.goto(path);
    await expectLowHeader(page);
  }
});

test("a hand-over is noted and seen until the password is used", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  const secret = await person.reissueFor("user01");
  await person.button(words.handedOver).click();
  const row = page.getByRole("row").filter({ hasText: "user01" });
  await expect(row.first()).toContainText(words.handedOver);
  await page.goto("/admin/users/cert-password?q=user01");
  await expect(row.first()).toContainText(words.handedOver);
  await person.button(words.logOut).click();
  await person.logInForCertificate("user01");
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
  await person.logInAsAdministrator();
  for (const path of ["/admin/reissues", "/admin/users/cert-password?q=user01"]) {
    await page.goto(path);
    await expect(row.first()).toBeVisible();
    await expect(page.getByText(words.handedOver)).toHaveCount(0);
  }
});
