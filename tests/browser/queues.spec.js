// The work of a day: queues, the next one, several notices in one run, and a jam.

import { expect, test } from "./support/fixtures.js";
import { readPdf } from "./support/tools.js";

const USERS = ["user01", "user03", "user04"];

/** Counts what a hand does on the pages of a browser window from now on. */
async function handsOn(page) {
  const done = { pointerdown: 0, keydown: 0 };
  await page.exposeFunction("handMoved", (kind) => {
    done[kind] += 1;
  });
  await page.addInitScript(() => {
    for (const kind of ["pointerdown", "keydown"]) {
      addEventListener(kind, () => globalThis.handMoved(kind), true);
    }
  });
  return {
    async clicks(work) {
      const before = done.pointerdown;
      await work();
      return done.pointerdown - before;
    },
    async keys(work) {
      const before = done.keydown;
      await work();
      return done.keydown - before;
    },
  };
}

async function registerAll(maker) {
  const paths = [];
  for (const user of USERS) paths.push(await maker.register(user));
  return paths;
}

function tab(page, name) {
  return page.getByRole("navigation", { name: "依頼の区分" }).getByRole("link", { name });
}

test("every tab has its count, and the list is the oldest first", async ({ clerk }) => {
  const maker = await clerk("maker1");
  const paths = await registerAll(maker);
  const checker = await clerk("checker1");
  for (const [name, count] of [
    ["承認が必要", 3],
    ["差戻し", 0],
    ["印刷待ち", 0],
    ["発送待ち", 0],
    ["未着", 0],
    ["承認待ち", 0],
    ["処理済み", 0],
    ["検索", 3],
  ]) {
    await expect(tab(checker.page, name)).toContainText(`${count}件`);
  }
  const listed = await checker.page.locator("tbody th a").allTextContents();
  expect(listed).toEqual(paths.map((path) => path.split("/").at(-1)));
});

test("after a decision, Enter opens the next one", async ({ clerk }) => {
  const maker = await clerk("maker1");
  const paths = await registerAll(maker);
  const checker = await clerk("checker1");
  const { page } = checker;
  const hands = await handsOn(page);
  await page.goto("/office/requests");
  await page.locator("tbody th a").first().click();
  for (const [at, path] of paths.entries()) {
    await expect(page).toHaveURL(new RegExp(`${path}$`));
    const clicks = await hands.clicks(async () => {
      await page.locator("#decision-approve").check();
      await page.locator("#password").fill(checker.account.loginPassword);
      await checker.main().click();
      await expect(page.getByRole("status").first()).toBeVisible();
    });
    // And three more before: list, its line, and back.
    expect(clicks).toBe(2);
    const next = page.getByRole("link", { name: /承認が必要/ }).first();
    await expect(next).toBeFocused();
    const keys = await hands.keys(async () => {
      await page.keyboard.press("Enter");
      await expect(page).not.toHaveURL(new RegExp(`${path}$`));
    });
    expect(keys).toBe(1);
    if (at === paths.length - 1) await expect(page).toHaveURL(/tab=to-decide$/);
  }
});

test("three letters in one run take three clicks, and one by one eight each", async ({ page, clerk, guard }) => {
  const maker = await clerk("maker1");
  const paths = await registerAll(maker);
  const single = await maker.register("user05");
  const checker = await clerk("checker1");
  for (const path of [...paths, single]) await checker.approve(path);
  const hands = await handsOn(page);

  await page.goto("/office/requests?tab=all");
  const oneByOne = await hands.clicks(async () => {
    await tab(page, "印刷待ち").click();
    await page.getByRole("link", { name: single.split("/").at(-1) }).click();
    await page.getByRole("link", { name: "通知書の印刷へ" }).click();
    await maker.main().click();
    guard.secret(await page.locator(".sheet__value").textContent());
    await page.getByRole("button", { name: "通知書を印刷する" }).click();
    await maker.confirmPrinted();
    await page.goto(single);
    await page.getByRole("button", { name: "発送した" }).click();
    await expect(page).toHaveURL(/tab=to-post$/);
  });
  expect(oneByOne).toBe(7);

  // Where there is work is where one comes in.
  await page.goto("/office/requests");
  await expect(tab(page, "印刷待ち")).toHaveAttribute("aria-current", "page");
  const inOneRun = await hands.clicks(async () => {
    await maker.main().click();
    const letters = page.locator("article.letter");
    await expect(letters).toHaveCount(3);
    const secrets = await page.locator(".sheet__value").allTextContents();
    expect(new Set(secrets).size).toBe(3);
    for (const secret of secrets) guard.secret(secret);
    await expect(letters.first()).toBeHidden();
    const { text, pages } = await readPdf(await page.pdf({ preferCSSPageSize: true }));
    expect(pages).toBe(3);
    for (const secret of secrets) expect(text).toContain(secret);
    await maker.confirmPrinted();
    await expect(page).toHaveURL(/tab=to-post$/);
    await maker.main().click();
    await expect(page).toHaveURL(/tab=to-post$/);
  });
  expect(inOneRun).toBe(3);
  await expect(tab(page, "処理済み")).toContainText("4件");
  await expect(tab(page, "発送待ち")).toContainText("0件");
});

test("one that jams is printed anew once another agreed", async ({ page, clerk }) => {
  const maker = await clerk("maker1");
  const paths = (await registerAll(maker)).slice(0, 2);
  const checker = await clerk("checker1");
  for (const path of paths) await checker.approve(path);
  await page.goto("/office/requests");
  await maker.main().click();
  await expect(page.locator("article.letter")).toHaveCount(2);
  const [, spoilt] = paths;
  await page.getByRole("checkbox", { name: spoilt.split("/").at(-1) }).uncheck();
  await maker.confirmPrinted();
  // The first is to be posted; the other still waits to be printed.
  await expect(page).toHaveURL(/tab=to-print$/);
  await expect(tab(page, "発送待ち")).toContainText("1件");
  await page.getByRole("link", { name: spoilt.split("/").at(-1) }).click();
  await page.getByRole("link", { name: "紙づまり・印刷不良を届け出る" }).click();
  await maker.main().click();
  await expect(page.locator("#error-summary")).toBeFocused();
  await page.locator("#reason").fill("紙づまり");
  await maker.main().click();
  await expect(page.getByRole("status").first()).toBeVisible();

  await checker.page.goto("/office/requests?tab=to-decide");
  await checker.page.getByRole("link", { name: spoilt.split("/").at(-1) }).click();
  await expect(checker.page.locator("#decision-return")).toHaveCount(0);
  await checker.approve(spoilt);
  await expect(checker.page.locator(".history li").last()).toContainText("先のパスワードは無効");

  await page.goto("/office/requests?tab=to-print");
  await maker.main().click();
  await expect(page.locator("article.letter")).toHaveCount(1);
  await expect(page.locator("article.letter")).toContainText(spoilt.split("/").at(-1));
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("a run of notices", async ({ page, clerk }) => {
    const maker = await clerk("maker1");
    const paths = (await registerAll(maker)).slice(0, 2);
    const checker = await clerk("checker1");
    for (const path of paths) await checker.approve(path);
    await page.goto("/office/requests");
    await maker.main().click();
    await expect(page.locator("article.letter")).toHaveCount(2);
    await expect(page.getByText("Ctrl+P")).toBeVisible();
    await maker.confirmPrinted();
    await expect(page).toHaveURL(/tab=to-post$/);
    await maker.main().click();
    await expect(page).toHaveURL(/tab=to-post$/);
  });
});
