// Everything works without scripts; they only add comfort.

import { expect, test } from "./support/fixtures.js";
import { openPkcs12 } from "./support/tools.js";

test.use({ javaScriptEnabled: false });

test("reissue for another user", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  await page.getByRole("main").getByRole("link", { name: words.users }).click();
  await page.getByRole("main").getByRole("link", { name: words.reissueMenu }).click();
  await person.chooseUser("user01");
  await person.button(words.reissue).click();
  await expect(page).toHaveTitle(words.errorTitle);
  const { acknowledge, transactionEmpty } = words.messages;
  const entries = page.locator("#error-summary").getByRole("listitem");
  await expect(entries).toHaveText([acknowledge, transactionEmpty]);
  await person.reissueFor("user01");
  // What needs a script is not there; what takes its place is.
  await expect(person.button(words.print)).toHaveCount(0);
  await expect(person.button(words.copy)).toHaveCount(0);
  await expect(page.getByText("Ctrl+P")).toBeVisible();
  await person.button(words.toTop).click();
  await expect(page).toHaveTitle(words.top);
  await person.button(words.logOut).click();
  await expect(page.getByRole("main")).toContainText(words.loggedOut);
});

test("reissue for oneself in a separate window, and retrieval", async ({
  context,
  page,
  person,
  words,
}, testInfo) => {
  await person.logInForCertificate();
  await person.link(words.reissueHere).click();
  await person.field(words.otp).fill((await person.account("user02")).code);
  await person.button(words.otpButton).click();
  const opened = context.waitForEvent("page");
  await person.button(words.show).click();
  const secretWindow = await opened;
  await expect(secretWindow).toHaveTitle(words.secretTitle);
  const secret = await person.readSecret(secretWindow);
  await expect(person.button(words.closeWindow, secretWindow)).toHaveCount(0);
  // A second press is answered beside it: the password stays where it is.
  const pressed = context.waitForEvent("page");
  await person.button(words.show).click();
  await expect((await pressed).getByRole("main")).toContainText(words.alreadyShown);
  expect(await person.readSecret(secretWindow)).toBe(secret);
  await page.bringToFront();
  await person.button(words.backToRetrieval).click();
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
  const passphrase = await page.locator(".secret__value").textContent();
  const downloading = page.waitForEvent("download");
  await person.link(words.download).click();
  const path = testInfo.outputPath("certificate.p12");
  await (await downloading).saveAs(path);
  expect((await openPkcs12(path, passphrase)).keyMatches).toBe(true);
});

test("reissue for oneself on the same page", async ({ page, person, words }) => {
  await person.logInForCertificate();
  await person.passOneTimePassword();
  await person.button(words.showHere).click();
  await expect(page).toHaveTitle(words.secretTitle);
  await person.readSecret();
  await person.button(words.backToRetrieval).click();
  await expect(person.field(words.code)).toBeVisible();
});
