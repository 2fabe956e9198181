// What happens when an entry is wrong: it is said, it is said where, and it is said to everybody.

import { expect, test } from "./support/fixtures.js";
import { expectErrorSummary } from "./support/axe.js";

test("an empty login names each field", async ({ page, person, words }) => {
  for (const path of ["/admin/login", "/cert/login"]) {
    await person.open(path);
    await person.button(words.logIn).click();
    const { contractEmpty, userEmpty, passwordEmpty } = words.messages;
    await expectErrorSummary(page, words, [contractEmpty, userEmpty, passwordEmpty]);
    await expect(page.locator("[aria-invalid=true]")).toHaveCount(3);
  }
});

test("what was typed stays, but for secrets", async ({ page, person, words }) => {
  await person.open("/cert/login");
  await person.field(words.contract).fill("1234567890");
  await person.field(words.user).fill("nobody");
  await person.field(words.loginPassword).fill("全角のパスワード");
  await person.button(words.logIn).click();
  await expectErrorSummary(page, words, [words.messages.fullWidthPassword]);
  await expect(person.field(words.contract)).toHaveValue("1234567890");
  await expect(person.field(words.user)).toHaveValue("nobody");
  await expect(person.field(words.loginPassword)).toHaveValue("");
});

test("a refused login names no field", async ({ page, person, words }) => {
  await person.open("/cert/login");
  const texts = [];
  const accounts = [
    { ...(await person.account("user02")), loginPassword: "wrong" },
    { contract: "1234567890", user: "nobody", loginPassword: "wrong" },
    { contract: "9999999999", user: "nobody", loginPassword: "wrong" },
  ];
  for (const account of accounts) {
    await person.open("/cert/login");
    await person.fillLogin(account);
    await person.button(words.logIn).click();
    await expectErrorSummary(page, words, [words.messages.refused]);
    await expect(page.locator("[aria-invalid]")).toHaveCount(0);
    texts.push(await page.getByRole("main").innerText());
  }
  expect(new Set(texts).size, "the same words for every cause").toBe(1);
});

test("the transaction password and the acknowledgement are asked for", async ({
  page,
  person,
  words,
}) => {
  await person.logInAsAdministrator();
  await person.chooseUser("user01");
  await person.button(words.reissue).click();
  const { acknowledge, transactionEmpty, transactionWrong } = words.messages;
  await expectErrorSummary(page, words, [acknowledge, transactionEmpty]);

  await person.field(words.transaction).fill("demo-trans-admin01");
  await person.button(words.reissue).click();
  await expectErrorSummary(page, words, [acknowledge]);
  await expect(person.field(words.transaction)).toHaveValue("");

  await person.field(words.acknowledgement).check();
  await person.field(words.transaction).fill("not the password");
  await person.button(words.reissue).click();
  await expect(page.locator("#error-summary")).toContainText(transactionWrong);
  await expect(person.field(words.transaction)).toHaveValue("");
  await expect(person.field(words.acknowledgement)).toBeChecked();
});

test("a one-time password is judged by its shape before it counts", async ({ page, person, words }) => {
  await person.logInForCertificate();
  await page.goto("/cert/reissue");
  await person.button(words.otpButton).click();
  await expectErrorSummary(page, words, [words.messages.otpEmpty]);
  // More entries of impossible shape than the limit allows wrong ones: none of them counts.
  for (const entry of ["12345", "1234567", "abcdef", "12345x", "1", "999"]) {
    await person.field(words.otp).fill(entry);
    await person.button(words.otpButton).click();
    await expectErrorSummary(page, words, [words.messages.otpFormat]);
    // It is nobody's code, and is corrected sooner than typed again.
    await expect(person.field(words.otp)).toHaveValue(entry);
  }
  await person.field(words.otp).fill((await person.account("user02")).code);
  await person.button(words.otpButton).click();
  await expect(page).toHaveTitle(words.readyTitle);
});

test("a retrieval password is judged by its shape before it counts", async ({
  page,
  person,
  words,
}) => {
  await person.logInForCertificate();
  const { codeEmpty, codeLength, codeAlphabet, codeWrong } = words.messages;
  const entries = [
    ["", codeEmpty],
    ["2345-2345-2345", codeLength],
    ["2345-2345-2345-2345-2", codeLength],
    ["2345-2345-2345-234O", codeAlphabet],
    ["2345-2345-2345-2341", codeAlphabet],
    ["かたかなのパスワードですよねえね", codeAlphabet],
  ];
  for (const [entry, message] of entries) {
    await person.field(words.code).fill(entry);
    await person.button(words.get).click();
    await expectErrorSummary(page, words, [message]);
    await expect(person.field(words.code)).toHaveValue(entry);
  }
  await person.field(words.code).fill("2345-2345-2345-2345");
  await person.button(words.get).click();
  await expect(page.locator("#error-summary")).toContainText(codeWrong);
  await expect(person.field(words.code)).toHaveValue("");
  await expect(page).toHaveTitle(words.errorTitle);
});
