// The pictures of the help are taken here, of the very screens, in both languages:
//
//   WARIFU_WRITE_PICTURES=1 npx playwright test --workers=1 help.spec.js
//
// Without that, what the screens say is compared with what they said when the pictures were taken, so that
// no picture is older than the words on it.

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "./support/fixtures.js";

const assets = fileURLToPath(new URL("../../adapters/inbound/http/assets/", import.meta.url));
const record = fileURLToPath(new URL("./help-pictures.json", import.meta.url));
const writes = process.env.WARIFU_WRITE_PICTURES === "1";

/** What somebody reads on the screen that does not change from day to day. */
const wordsOf = (page) =>
  page.locator("h1, h2, button, label, legend").evaluateAll((elements) =>
    elements.filter((one) => one.closest("main") && one.checkVisibility()).map((one) => one.innerText.trim()),
  );

/** Rings `target`, which the step is about, and takes the picture of step `name`. */
async function picture(page, name, language, target, seen) {
  await page.locator(".demo-strip").evaluateAll((strips) => strips.forEach((strip) => strip.remove()));
  await target.evaluate((element) => {
    document.activeElement?.blur();
    element.style.outline = "4px solid #ce0000";
    element.style.outlineOffset = "4px";
    element.scrollIntoView({ block: "center" });
  });
  seen[`${name}-${language}`] = await wordsOf(page);
  if (writes) await page.screenshot({ path: `${assets}help-${name}-${language}.jpg`, type: "jpeg", quality: 60 });
}

for (const language of ["ja", "en"]) {
  test.describe(language, () => {
    test.use({ language, locale: language, viewport: { width: 1040, height: 660 } });

    test("every picture of the help shows what its screen says", async ({ context, page, person, words }) => {
      const seen = {};
      const take = (name, target, of = page) => picture(of, name, language, target, seen);
      const main = page.getByRole("main");

      await person.logInAsAdministrator();
      await take("other-1", main.getByRole("link", { name: words.users }));
      await page.goto("/admin/users");
      await take("other-2", main.getByRole("link", { name: words.reissueMenu }));
      await page.goto("/admin/users/cert-password?q=user01");
      await take("other-3", page.getByRole("row").filter({ hasText: "user01" }).getByRole("button").first());
      await person.chooseUser("user01");
      await take("other-4", person.field(words.transaction));
      await person.reissueFor("user01");
      await take("other-5", page.locator(".secret"));
      await context.clearCookies();

      await person.open("/");
      await take("own-1", main.getByRole("link", { name: words.getCertificate }));
      await page.goto("/cert/login");
      await take("own-2", person.button(words.logIn));
      await person.logInForCertificate();
      await take("own-3", person.link(words.reissueHere));
      await page.goto("/cert/reissue");
      await take("own-4", person.field(words.otp));
      await person.passOneTimePassword();
      await take("own-5", person.button(words.show));
      const opening = context.waitForEvent("page");
      await person.button(words.show).click();
      const popup = await opening;
      await popup.setViewportSize({ width: 560, height: 480 });
      await take("own-6", popup.locator(".secret__value"), popup);
      await popup.close();
      await page.goto("/cert");
      await take("own-8", person.field(words.code));

      let known = {};
      try {
        known = JSON.parse(await readFile(record, "utf8"));
      } catch (error) {
        if (!writes) throw error;
      }
      if (writes) {
        const all = Object.entries({ ...known, ...seen }).sort(([one], [other]) => one.localeCompare(other));
        await writeFile(record, `${JSON.stringify(Object.fromEntries(all), null, 1)}\n`);
      } else {
        const expected = Object.entries(known).filter(([name]) => name.endsWith(`-${language}`));
        expect(seen, "take the pictures again: see the top of help.spec.js").toEqual(Object.fromEntries(expected));
      }
    });

    test("every step of the help has a picture that is there", async ({ page, person }) => {
      await person.open("/help/reissue");
      const pictures = page.locator(".procedure img");
      expect(await pictures.count()).toBe(12);
      for (const one of await pictures.all()) {
        await one.scrollIntoViewIfNeeded();
        await expect.poll(() => one.evaluate((image) => image.complete && image.naturalWidth)).toBeGreaterThan(400);
        expect((await one.getAttribute("alt")).length).toBeGreaterThan(5);
      }
    });
  });
}
