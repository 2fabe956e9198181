// The self-service with one-time passwords that a real privacyIDEA checks.

import { test as base, expect } from "./support/fixtures.js";
import { startPrivacyIdea } from "./support/privacyidea.js";

const test = base.extend({
  privacyidea: async ({}, use) => {
    const privacyidea = await startPrivacyIdea("1234567890-user02");
    await use(privacyidea);
    await privacyidea.stop();
  },

  settings: async ({ privacyidea }, use) => {
    await use([
      "otp_verifier.adapter=http",
      "otp_verifier.http.preset=privacyidea",
      `otp_verifier.http.url=${privacyidea.url}`,
      "otp_verifier.http.timeout=20s",
    ]);
  },
});

test("a token of privacyIDEA opens the way to a certificate", async ({
  page,
  person,
  words,
  privacyidea,
}) => {
  await person.logInForCertificate();
  await person.link(words.reissueHere).click();
  const code = privacyidea.code();
  const wrong = code === "000000" ? "000001" : "000000";
  await person.field(words.otp).fill(wrong);
  await person.button(words.otpButton).click();
  await expect(page.locator("#error-summary")).toContainText(words.messages.otpWrong);

  await person.field(words.otp).fill(code);
  await person.button(words.otpButton).click();
  await expect(page).toHaveTitle(words.readyTitle);
  await person.button(words.showHere).click();
  const secret = await person.readSecret();
  await person.button(words.backToRetrieval).click();
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);

  // The token has shown that code, and it is used up.
  await page.goto("/cert/reissue");
  await person.field(words.otp).fill(code);
  await person.button(words.otpButton).click();
  await expect(page.locator("#error-summary")).toContainText(words.messages.otpWrong);
});

test("without an answer people are told to try later and lose no attempt", async ({
  page,
  person,
  words,
  privacyidea,
}) => {
  await person.logInForCertificate();
  await page.goto("/cert/reissue");
  await privacyidea.stop();
  // The fifth failure in a row closes the way to the provider: then the page says so at once.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await person.field(words.otp).fill(String(100_000 + attempt));
    await person.button(words.otpButton).click();
    await expect(page.getByRole("main")).toContainText(words.messages.otpUnavailable);
    await page.goto("/cert/reissue");
  }
  await expect(page.getByRole("main")).toContainText(words.messages.otpUnavailable);
});
