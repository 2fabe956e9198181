// Fields that help password managers, screen readers and people who paste.

import { expect, test } from "./support/fixtures.js";

/** Pastes `text` by keyboard, as from a password manager or another window. */
async function paste(page, field, text) {
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await field.focus();
  await page.keyboard.press("Control+V");
  await expect(field).toHaveValue(text);
}

test.beforeEach(({ context }) => context.grantPermissions(["clipboard-read", "clipboard-write"]));

test("every secret can be pasted", async ({ page, person, words }) => {
  await person.open("/cert/login");
  await paste(page, person.field(words.loginPassword), "from a password manager");
  await person.logInForCertificate();
  await paste(page, person.field(words.code), "2345-2345-2345-2345");
  await page.goto("/cert/reissue");
  await paste(page, person.field(words.otp), "123 456");
  await person.button(words.logOut).click();
  await person.logInAsAdministrator();
  await person.chooseUser("user01");
  await paste(page, person.field(words.transaction), "from a password manager");
});

test("fields say what they are for", async ({ page, person, words }) => {
  await person.open("/cert/login");
  const expectAttributes = async (field, attributes) => {
    for (const [name, value] of Object.entries(attributes)) {
      await expect(field, name).toHaveAttribute(name, value);
    }
    await expect(field).toHaveAttribute("aria-required", "true");
    expect(await field.getAttribute("maxlength")).toBeNull();
    const hint = await field.getAttribute("aria-describedby");
    if (hint) await expect(page.locator(`[id="${hint}"]`)).toBeVisible();
  };
  await expectAttributes(person.field(words.contract), { type: "text", inputmode: "numeric" });
  await expectAttributes(person.field(words.user), {
    type: "text",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
  });
  await expectAttributes(person.field(words.loginPassword), {
    type: "password",
    autocomplete: "current-password",
  });
  await person.logInForCertificate();
  await expectAttributes(person.field(words.code), {
    type: "text",
    autocomplete: "one-time-code",
    autocapitalize: "characters",
    spellcheck: "false",
    translate: "no",
  });
  await page.goto("/cert/reissue");
  await expectAttributes(person.field(words.otp), {
    type: "text",
    inputmode: "numeric",
    autocomplete: "one-time-code",
    spellcheck: "false",
  });
  await person.button(words.logOut).click();
  await person.logInAsAdministrator();
  await person.chooseUser("user01");
  await expectAttributes(person.field(words.transaction), {
    type: "password",
    autocomplete: "section-txn current-password",
  });
});

test("a password can be looked at and is hidden again when sent", async ({ page, person, words }) => {
  await person.open("/cert/login");
  const field = person.field(words.loginPassword);
  await field.fill("can be read");
  await person.button(words.revealPassword).click();
  await expect(field).toHaveAttribute("type", "text");
  await expect(person.button(words.concealPassword)).toBeFocused();
  const typeWhenSent = page.evaluate(
    () =>
      new Promise((resolve) => {
        document.querySelector("form.panel").addEventListener("submit", (event) => {
          event.preventDefault();
          setTimeout(() => resolve(document.querySelector("[name=password]").type), 0);
        });
      }),
  );
  await person.button(words.logIn).click();
  expect(await typeWhenSent).toBe("password");
});

test("a click too many sends a form once", async ({ page, person, words }) => {
  await person.logInAsAdministrator();
  await person.chooseUser("user01");
  await person.field(words.acknowledgement).check();
  await person.field(words.transaction).fill("demo-trans-admin01");
  const sent = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await person.button(words.reissue).dblclick();
  await expect(page).toHaveTitle(words.doneTitle);
  expect(sent).toHaveLength(1);
});

test("the other language is one click away and keeps the place", async ({ page, person }) => {
  await person.logInAsAdministrator();
  await page.goto("/admin/users/cert-password?q=user0");
  const link = page.getByRole("banner").getByRole("link", { name: "English" });
  await expect(link).toHaveAttribute("hreflang", "en");
  await expect(link).toHaveAttribute("lang", "en");
  await link.click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.getByRole("searchbox")).toHaveValue("user0");
  await page.goto("/admin");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.getByRole("banner").getByRole("link", { name: "日本語" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "ja");
});
