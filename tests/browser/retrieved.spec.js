// After [取得] nothing is lost: by loading the page again, by going back, by a download that fails.

import { expect, test } from "./support/fixtures.js";
import { openPkcs12 } from "./support/tools.js";

/** To the page with the file, whose address and passphrase are given back. */
async function retrieve({ page, person, words }) {
  await person.logInForCertificate();
  await person.passOneTimePassword();
  await person.button(words.showHere).click();
  const secret = await person.readSecret();
  await person.button(words.backToRetrieval).click();
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
  return offered({ page, person, words });
}

async function offered({ page, person, words }) {
  const file = await person.link(words.download).getAttribute("href");
  return { file, passphrase: await page.locator("#pass").textContent() };
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with scripts" : "without scripts", () => {
    test.use({ javaScriptEnabled });

    test("loading the page again gives the file again", async ({ page, person, words }, testInfo) => {
      const first = await retrieve({ page, person, words });
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().isNavigationRequest()),
        page.reload(),
      ]);
      expect(answer.request().method()).toBe("POST");
      expect(answer.status()).toBe(200);
      await expect(page.getByRole("status").first()).toContainText(words.alreadyRetrieved);
      await expect(page.getByRole("main")).not.toContainText(words.nothingReissued);
      expect(await offered({ page, person, words })).toEqual(first);
      const downloading = page.waitForEvent("download");
      await person.link(words.download).click();
      const path = testInfo.outputPath("certificate.p12");
      await (await downloading).saveAs(path);
      expect((await openPkcs12(path, first.passphrase)).keyMatches).toBe(true);
    });

    test("going back leads to the file", async ({ page, person, words }) => {
      const first = await retrieve({ page, person, words });
      await page.goBack();
      await expect(page.getByRole("main")).toContainText(words.alreadyRetrieved);
      await expect(person.field(words.code)).toBeVisible();
      await person.link(words.retrievedAgain).click();
      await expect(page).toHaveTitle(words.gotTitle);
      expect(await offered({ page, person, words })).toEqual(first);
    });

    test("once it is saved the file is gone, and the certificate is not denied", async ({
      page,
      person,
      words,
    }) => {
      await retrieve({ page, person, words });
      await person.button(words.saved).click();
      await expect(page).toHaveTitle(words.savedTitle);
      const answer = await page.goto("/cert/retrieved");
      expect(answer.status()).toBe(409);
      await expect(page.getByRole("main")).toContainText(words.alreadyRetrieved);
      await expect(person.link(words.download)).toHaveCount(0);
      await page.goto("/cert");
      await expect(page.getByRole("main")).toContainText(words.alreadyRetrieved);
      await expect(person.link(words.retrievedAgain)).toHaveCount(0);
    });
  });
}

test("both systems have their steps and a picture that is told in words", async ({
  page,
  person,
  words,
}) => {
  await retrieve({ page, person, words });
  for (const system of [words.onWindows, words.onMac]) {
    const steps = page.getByRole("region", { name: system, exact: true });
    await expect(steps.getByRole("heading", { name: system })).toBeVisible();
    await expect(steps.getByRole("listitem")).toHaveCount(4);
    const picture = steps.getByRole("img");
    expect((await picture.getAttribute("alt")).length).toBeGreaterThan(20);
    const size = await picture.evaluate((image) => [image.complete, image.naturalWidth]);
    expect(size).toEqual([true, 480]);
  }
});
