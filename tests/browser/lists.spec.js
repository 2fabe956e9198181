// The list of users as people meet it: on a telephone, with names as others write them, on a morning on
// which certificates have ended.

import { expect, test } from "./support/fixtures.js";

const LIST = "/admin/users/cert-password";

/** What is seen of an element lies within the window, and none of its text is cut. */
const isWhole = (element) => {
  const { left, right } = element.getBoundingClientRect();
  return left >= 0 && right <= document.documentElement.clientWidth && element.scrollWidth <= element.clientWidth + 1;
};

async function lock(person, id) {
  const user = await person.account(id);
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await person.open("/cert/login");
    await person.fillLogin({ ...user, loginPassword: "wrong" });
    await person.button(person.words.logIn).click();
  }
}

test("who has to be looked after stands first, and is counted on the top page", async ({ page, person }) => {
  await person.logInAsAdministrator();
  const expired = page.getByRole("main").getByRole("link", { name: /期限切れ\d+名/ });
  const count = Number(/\d+/.exec(await expired.textContent())[0]);
  expect(count).toBeGreaterThan(2);
  await expired.click();
  const rows = page.getByRole("table").getByRole("row");
  await expect(rows).toHaveCount(count + 1);
  await page.goto(LIST);
  for (let row = 1; row <= count; row += 1) await expect(rows.nth(row)).toContainText("期限切れ");
  await expect(rows.nth(count + 1)).toContainText("期限間近");
});

test("a name is found however it is written", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  for (const [typed, id] of [
    ["佐藤花子", "admin02"],
    ["髙橋", "user02"],
    ["山﨑　久美子", "user18"],
    ["ALEXANDRA", "user27"],
    ["渡邊", "user05"],
  ]) {
    await page.goto(LIST);
    await person.field(words.searchField).fill(typed);
    await person.button(words.search).click();
    await expect(page.getByRole("row").filter({ hasText: id })).toBeVisible();
  }
});

test("on a telephone every user is a card on which name, ID and locks are whole", async ({ page, person }) => {
  await lock(person, "user01");
  await page.setViewportSize({ width: 360, height: 740 });
  await person.logInAsAdministrator();
  await page.goto(`${LIST}?q=user0`);
  const cards = page.locator(".users tbody tr");
  expect(await cards.count()).toBeGreaterThan(5);
  for (const part of ["th", ".users__name", ".users__locks .badge", ".actions button"]) {
    const parts = page.locator(`.users tbody ${part}`);
    expect(await parts.count(), part).toBeGreaterThan(0);
    for (const one of await parts.all()) expect(await one.evaluate(isWhole), part).toBe(true);
  }
  const beyond = await page.locator(".scroll").evaluate((region) => {
    const right = region.getBoundingClientRect().left + region.clientWidth;
    const parts = [...region.querySelectorAll("*")].filter((part) => part.checkVisibility());
    return parts.filter((part) => part.getBoundingClientRect().right > right + 1).map((part) => part.outerHTML.slice(0, 80));
  });
  expect(beyond).toEqual([]);
});

test("on a desk no column lies over another, and locks have a line of their own", async ({ page, person }) => {
  await lock(person, "user01");
  await page.setViewportSize({ width: 1366, height: 768 });
  await person.logInAsAdministrator();
  await page.goto(`${LIST}?q=user01`);
  const overlapping = await page.locator(".users tbody tr").evaluateAll((rows) =>
    rows.flatMap((row) => {
      const boxes = [...row.children].map((cell) => cell.getBoundingClientRect());
      return boxes.filter((box, place) => place > 0 && box.left < boxes[place - 1].right - 1);
    }),
  );
  expect(overlapping).toEqual([]);
  const name = await page.locator(".users__name").first().boundingBox();
  const locks = await page.locator(".users__locks").first().boundingBox();
  expect(locks.y).toBeGreaterThanOrEqual(name.y + name.height - 1);
});

test("several locks are cleared in one pass", async ({ page, person, words }) => {
  await lock(person, "admin02");
  await person.logInAsAdministrator("admin01");
  await page.goto("/admin/users/unlock/admin02");
  await expect(page.getByRole("checkbox")).toHaveCount(1);
  await page.getByRole("checkbox").uncheck();
  await person.field(words.transaction).fill("demo-trans-admin01");
  await person.button(words.clearTheLock).click();
  await expect(page.locator("#error-summary")).toContainText("解除できるロックを選択してください。");
  await page.getByRole("checkbox", { name: words.loginPassword }).check();
  await person.field(words.transaction).fill("demo-trans-admin01");
  await person.button(words.clearTheLock).click();
  await expect(page.getByRole("main")).toContainText(words.lockCleared);
});

test("recent reissues name people", async ({ page, person }) => {
  await person.logInAsAdministrator();
  await person.reissueFor("user01");
  await page.goto("/admin/reissues");
  const row = page.getByRole("row").filter({ hasText: "user01" });
  await expect(row).toContainText("鈴木 一郎");
  await expect(row).toContainText("山田 太郎");
});

test("on paper no column is cut, nothing is ringed, and what cannot be pressed is gone", async ({ page, person }) => {
  await person.logInAsAdministrator();
  await person.reissueFor("user01");
  for (const path of [LIST, "/admin/reissues", "/admin/audit"]) {
    await page.goto(path);
    await page.locator("main").focus();
    await page.emulateMedia({ media: "print" });
    // The width of A4 without its margins.
    await page.setViewportSize({ width: 643, height: 900 });
    const cut = await page.locator("table th:visible, table td:visible").evaluateAll((cells) =>
      cells.filter((cell) => {
        const { left, right } = cell.getBoundingClientRect();
        return left < 0 || right > document.documentElement.clientWidth + 1 || cell.scrollWidth > cell.clientWidth + 1;
      }).map((cell) => cell.textContent),
    );
    expect(cut, path).toEqual([]);
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
    expect(ring).toBe("0px");
    await expect(page.locator("table button:visible")).toHaveCount(0);
    await page.emulateMedia({ media: "screen" });
    await page.setViewportSize({ width: 1280, height: 900 });
  }
});
