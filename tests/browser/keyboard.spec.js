// Both procedures with nothing but Tab, Shift+Tab, Enter, Space and what is typed.

import { expect, test } from "./support/fixtures.js";
import { press, tabTo, typeInto } from "./support/keyboard.js";

test("reissue for another user", async ({ page, person, words }) => {
  const admin = await person.account("admin01");
  await person.open("/");
  await page.keyboard.press("Tab");
  await expect(person.link(words.skipLink)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
  await press(page, person.link(words.logIn));
  await expect(page).toHaveTitle(words.adminLoginTitle);
  await typeInto(page, person.field(words.contract), admin.contract);
  await typeInto(page, person.field(words.user), admin.user);
  await typeInto(page, person.field(words.loginPassword), admin.loginPassword);
  await press(page, person.button(words.logIn));
  await expect(page).toHaveTitle(words.top);
  await press(page, page.getByRole("main").getByRole("link", { name: words.users }));
  await press(page, page.getByRole("main").getByRole("link", { name: words.reissueMenu }));
  await expect(page).toHaveTitle(words.selectTitle);
  await typeInto(page, person.field(words.searchField), "user01");
  await page.keyboard.press("Enter");
  await press(page, person.button(words.select("鈴木 一郎", "user01")), "Space");
  await press(page, person.field(words.acknowledgement), "Space");
  await expect(person.field(words.acknowledgement)).toBeChecked();
  await typeInto(page, person.field(words.transaction), admin.transactionPassword);
  await press(page, person.button(words.reissue), "Space");
  await expect(page).toHaveTitle(words.doneTitle);
  await person.readSecret();
  await press(page, page.locator("summary", { hasText: words.reading }), "Enter");
  await expect(page.locator("details.reading")).toHaveAttribute("open", "");
  await tabTo(page, person.button(words.print));
  await tabTo(page, person.button(words.copy), "Shift+Tab");
  await press(page, person.button(words.backToSelection));
  await expect(page).toHaveTitle(words.selectTitle);
  await press(page, person.button(words.logOut));
  await expect(page.getByRole("main")).toContainText(words.loggedOut);
});

test("reissue for oneself and retrieval", async ({ context, page, person, words }) => {
  const user = await person.account("user02");
  await person.open("/");
  await press(page, page.getByRole("main").getByRole("link", { name: words.getCertificate }));
  await typeInto(page, person.field(words.contract), user.contract);
  await typeInto(page, person.field(words.user), user.user);
  await typeInto(page, person.field(words.loginPassword), user.loginPassword);
  await page.keyboard.press("Enter");
  await expect(person.field(words.code)).toBeVisible();
  await press(page, person.link(words.reissueHere));
  await expect(person.field(words.otp)).toBeVisible();
  await typeInto(page, person.field(words.otp), (await person.account("user02")).code);
  await page.keyboard.press("Enter");
  await expect(page).toHaveTitle(words.readyTitle);
  const opened = context.waitForEvent("page");
  await press(page, person.button(words.show));
  const secretWindow = await opened;
  const secret = await person.readSecret(secretWindow);
  await secretWindow.bringToFront();
  const closed = secretWindow.waitForEvent("close");
  await tabTo(secretWindow, person.button(words.closeWindow, secretWindow));
  // The window is gone before the key is up again.
  await secretWindow.keyboard.press("Enter").catch(() => {});
  await closed;
  await page.bringToFront();
  // It turned here by itself, when the password was shown.
  await expect(person.field(words.code)).toBeVisible();
  await typeInto(page, person.field(words.code), secret);
  await page.keyboard.press("Enter");
  await expect(page).toHaveTitle(words.gotTitle);
  const downloading = page.waitForEvent("download");
  await press(page, person.link(words.download));
  expect((await downloading).suggestedFilename()).toMatch(/\.p12$/);
});

test("tab order follows what is seen", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  await person.chooseUser("user01");
  const tops = await page.evaluate(async () => {
    const focusable = [...document.querySelectorAll("main a[href], main button, main input:not([type=hidden])")];
    return focusable
      .filter((element) => element.checkVisibility())
      .map((element) => Math.round(element.getBoundingClientRect().top / 24));
  });
  expect(tops.length).toBeGreaterThan(3);
  expect(tops).toEqual([...tops].sort((one, other) => one - other));
  const positive = await page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count();
  expect(positive, "no tabindex changes the order").toBe(0);
  await expect(person.button(words.reissue)).toBeVisible();
});
