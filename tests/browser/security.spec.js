// What the server says about its pages, and what a browser then refuses.

import { createServer } from "node:http";
import { expect, test } from "./support/fixtures.js";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

test("every page and every refusal carries the security headers", async ({ server, accounts }) => {
  const account = (await accounts()).find(({ user }) => user === "user02");
  const form = new URLSearchParams({ contract: account.contract, user: account.user });
  const answers = [
    ["GET", "/"],
    ["GET", "/cert/login"],
    ["GET", "/admin/login"],
    ["GET", "/admin"],
    ["GET", "/forms/standard/3"],
    ["GET", "/demo"],
    ["GET", "/there-is-no-such-page"],
    ["GET", "/assets/there-is-no-such-file.css"],
    ["DELETE", "/cert/login"],
    ["POST", "/cert/login", form],
  ];
  for (const [method, path, body] of answers) {
    const answer = await fetch(server.origin + path, { method, body, redirect: "manual" });
    const where = `${method} ${path} → ${answer.status}`;
    const header = (name) => answer.headers.get(name);
    const policy = header("content-security-policy")?.split(/;\s*/);
    expect(policy, where).toEqual(expect.arrayContaining(POLICY));
    expect(header("x-content-type-options"), where).toBe("nosniff");
    expect(header("referrer-policy"), where).toBe("same-origin");
    expect(header("cross-origin-opener-policy"), where).toBe("same-origin");
    expect(header("permissions-policy"), where).toContain("clipboard-read=()");
    expect(header("server"), where).toBeNull();
    expect(header("x-powered-by"), where).toBeNull();
    if (header("content-type")?.startsWith("text/html")) {
      expect(header("cache-control"), where).toBe("no-store");
    }
  }
});

test("cookies cannot be read by scripts or sent elsewhere", async ({ context, page, person }) => {
  await person.logInAsAdministrator();
  const cookies = await context.cookies();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie, cookie.name).toMatchObject({
      httpOnly: true,
      path: "/",
      sameSite: expect.stringMatching(/^(Lax|Strict)$/),
    });
  }
  expect(await page.evaluate(() => document.cookie)).toBe("");
});

test.describe("behind TLS", () => {
  const origin = "https://certificate.bank.example";
  test.use({ settings: [`http.public_origin="${origin}"`] });

  test("cookies are bound to the host and to TLS", async ({ server, accounts }) => {
    const account = (await accounts()).find(({ user }) => user === "admin01");
    const body = new URLSearchParams({
      contract: account.contract,
      user: account.user,
      password: account.loginPassword,
    });
    const headers = { origin, "sec-fetch-site": "same-origin" };
    const login = `${server.origin}/admin/login`;
    const answer = await fetch(login, { method: "POST", body, headers, redirect: "manual" });
    const cookies = answer.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-/);
      for (const part of ["Secure", "HttpOnly", "Path=/"]) expect(cookie.split("; ")).toContain(part);
      expect(cookie).toMatch(/; SameSite=(Strict|Lax)(;|$)/);
      expect(cookie).not.toMatch(/domain=/i);
    }
    expect(answer.headers.get("strict-transport-security")).toMatch(/max-age=\d{8,}/);
  });
});

test("logging in makes a new session", async ({ context, page, person, words }) => {
  await person.logInAsAdministrator();
  const first = (await context.cookies()).map(({ value }) => value);
  await person.button(words.logOut).click();
  await expect(page.getByRole("main")).toContainText(words.loggedOut);
  await person.logInAsAdministrator();
  // By the token of a device a browser is known again: it stays.
  const isOfSession = ({ name, value }) => value.length >= 22 && !name.includes("warifu-device-");
  const session = (await context.cookies()).filter(isOfSession);
  expect(session).not.toHaveLength(0);
  for (const { value } of session) expect(first).not.toContain(value);
});

test("an old session is worth nothing after logging out", async ({ browser, context, page, person, words, server }) => {
  await person.logInAsAdministrator();
  const cookies = await context.cookies();
  await person.button(words.logOut).click();
  await expect(page.getByRole("main")).toContainText(words.loggedOut);
  const other = await browser.newContext({ baseURL: server.origin });
  await other.addCookies(cookies);
  const tab = await other.newPage();
  await tab.goto("/admin/users");
  await expect(tab.getByRole("button", { name: words.logOut })).toHaveCount(0);
  await other.close();
});

/** Another origin on the same machine: the cookies go along, only the origin differs. */
async function serveElsewhere(html, action) {
  const elsewhere = createServer((_, answer) => {
    answer.setHeader("content-type", "text/html; charset=utf-8");
    answer.end(html);
  });
  await new Promise((ready) => elsewhere.listen(0, "127.0.0.1", ready));
  try {
    return await action(`http://127.0.0.1:${elsewhere.address().port}/`);
  } finally {
    elsewhere.closeAllConnections();
    await new Promise((closed) => elsewhere.close(closed));
  }
}

test("a form from another origin does nothing", async ({ browser, context, page, person, words, server }) => {
  await person.logInAsAdministrator();
  await person.chooseUser("user01");
  const token = await page.locator("form.panel input[name=form_token]").inputValue();
  // The guard of this context would object to another origin, so another context plays the attack.
  const attacker = await browser.newContext();
  await attacker.addCookies(await context.cookies());
  const tab = await attacker.newPage();
  const form = `<form method="post" action="${server.origin}/admin/users/cert-password/user01">
    <input name="form_token" value="${token}"><input name="confirm" value="yes">
    <input name="txn" value="demo-trans-admin01"><button>go</button></form>`;
  await serveElsewhere(form, async (address) => {
    await tab.goto(address);
    const answered = tab.waitForResponse((response) => response.request().method() === "POST");
    await tab.getByRole("button").click();
    expect((await answered).status()).toBe(403);
    await expect(tab.locator(".secret__value")).toHaveCount(0);
  });
  await attacker.close();
  // Nothing was reissued, and the person's own form still works.
  await person.field(words.acknowledgement).check();
  await person.field(words.transaction).fill("demo-trans-admin01");
  await person.button(words.reissue).click();
  await expect(page).toHaveTitle(words.doneTitle);
});

test("no page lets itself be framed", async ({ browser, server }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await serveElsewhere(`<iframe src="${server.origin}/cert/login"></iframe>`, async (address) => {
    const refused = page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
    await page.goto(address);
    await refused;
  });
  await context.close();
});

test("two people in two browsers do not meet", async ({ browser, page, person, words, server, accounts }) => {
  await person.logInAsAdministrator();
  const other = await browser.newContext({ baseURL: server.origin });
  const tab = await other.newPage();
  const account = (await accounts()).find(({ contract }) => contract === "2345678901");
  await tab.goto("/admin/login");
  await tab.getByLabel(words.contract).fill(account.contract);
  await tab.getByLabel(words.user).fill(account.user);
  await tab.locator("input[type=password]").fill(account.loginPassword);
  await tab.getByRole("button", { name: words.logIn, exact: true }).click();
  await tab.goto("/admin/users/cert-password");
  await expect(tab.getByRole("table")).toContainText("近藤 幸子");
  await expect(tab.getByRole("table")).not.toContainText("鈴木 一郎");
  await page.goto("/admin/users/cert-password");
  await expect(page.getByRole("table")).toContainText("鈴木 一郎");
  await expect(page.getByRole("table")).not.toContainText("近藤 幸子");
  await other.close();
});
