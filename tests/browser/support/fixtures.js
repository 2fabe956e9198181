// One server, one browser context and one language a test, and a guard on every page.

import { test as base, expect } from "@playwright/test";
import { startServer } from "./server.js";
import { readAccounts } from "./accounts.js";
import { Clerk } from "./office.js";
import { words as dictionary } from "./words.js";

export { expect };

/** Where Chromium keeps its own viewer, which an opened PDF is shown in. */
const PDF_VIEWER = "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/";

export const test = base.extend({
  language: ["ja", { option: true }],
  settings: [[], { option: true }],
  /** Where the service is besides, where surfaces have addresses of their own. */
  ownOrigins: [[], { option: true }],

  words: async ({ language }, use) => use(dictionary[language]),

  server: async ({ settings }, use) => {
    const server = await startServer(settings);
    await use(server);
    await server.stop();
    expect(server.ended()).toBeNull();
  },

  /** The people of the demonstration, by user ID, with passwords and the current code. */
  accounts: async ({ server }, use) => use(() => readAccounts(server.origin)),

  baseURL: async ({ server }, use) => use(server.origin),

  /**
   * Every test also proves that no page asked another origin for anything, broke the content
   * security policy or threw an error, and that no secret went into an address.
   */
  guard: [
    async ({ context, server, ownOrigins }, use) => {
      const problems = [];
      const secrets = new Set();
      const addresses = [];
      context.on("request", (request) => {
        const url = request.url();
        addresses.push(url);
        const own = [`${server.origin}/`, "data:", PDF_VIEWER];
        own.push(...ownOrigins.map((origin) => `${origin}/`));
        if (!own.some((start) => url.startsWith(start))) {
          problems.push(`asked another origin: ${url}`);
        }
      });
      context.on("console", (message) => {
        if (/Content Security Policy|TrustedHTML|Trusted Type/i.test(message.text())) {
          problems.push(`broke the policy: ${message.text()}`);
        }
      });
      context.on("weberror", (error) => problems.push(`script error: ${error.error()}`));
      await use({ secret: (text) => secrets.add(text) });
      for (const secret of secrets) {
        const plain = secret.replaceAll("-", "");
        const leaked = addresses.filter((url) => url.includes(secret) || url.includes(plain));
        problems.push(...leaked.map((url) => `a secret in an address: ${url}`));
        if (server.output().includes(secret) || server.output().includes(plain)) {
          problems.push("a secret in the output of the server");
        }
      }
      expect(problems).toEqual([]);
    },
    { auto: true },
  ],

  /** A clerk of the bank, each in a browser of their own but for the first. */
  clerk: async ({ browser, page, server, locale, javaScriptEnabled }, use) => {
    const contexts = [];
    const hired = [];
    const hire = async (id) => {
      let own = page;
      if (hired.length > 0) {
        const options = { baseURL: server.origin, locale, javaScriptEnabled };
        contexts.push(await browser.newContext(options));
        own = await contexts.at(-1).newPage();
      }
      hired.push(id);
      return new Clerk({ page: own, origin: server.origin, id }).logIn();
    };
    await use(hire);
    await Promise.all(contexts.map((context) => context.close()));
  },

  /** What a person does. */
  person: async ({ page, words, language, accounts, guard }, use) => {
    await use(new Person({ page, words, language, accounts, guard }));
  },
});

class Person {
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** The input with this label, whatever its type. */
  field(name, page = this.page) {
    return page.getByLabel(name).and(page.locator("input, select, textarea"));
  }

  button(name, page = this.page) {
    return page.getByRole("button", { name, exact: typeof name === "string" });
  }

  link(name, page = this.page) {
    return page.getByRole("link", { name, exact: typeof name === "string" });
  }

  async account(id) {
    return (await this.accounts()).find((account) => account.user === id);
  }

  /** Opens a page in the language of this test, as a person does: by the link in the header. */
  async open(path) {
    await this.page.goto(path);
    if ((await this.page.locator("html").getAttribute("lang")) !== this.language) {
      await this.page.getByRole("banner").getByRole("link", { name: this.words.languageLink }).click();
    }
    await expect(this.page.locator("html")).toHaveAttribute("lang", this.language);
  }

  async fillLogin(account) {
    await this.field(this.words.contract).fill(account.contract);
    await this.field(this.words.user).fill(account.user);
    await this.field(this.words.loginPassword).fill(account.loginPassword);
  }

  async logIn(path, id) {
    await this.open(path);
    await this.fillLogin(await this.account(id));
    await this.button(this.words.logIn).click();
    await expect(this.button(this.words.logOut)).toBeVisible();
  }

  logInAsAdministrator(id = "admin01") {
    return this.logIn("/admin/login", id);
  }

  logInForCertificate(id = "user02") {
    return this.logIn("/cert/login", id);
  }

  /** From the top page to the page that asks for the transaction password. */
  async chooseUser(id) {
    const { page, words } = this;
    await page.goto("/admin/users/cert-password");
    await this.field(words.searchField).fill(id);
    await this.button(words.search).click();
    await page.getByRole("row").filter({ hasText: id }).getByRole("button").first().click();
    await expect(this.field(words.transaction)).toBeVisible();
  }

  /** Reissues for another user and stays on the page with the password. */
  async reissueFor(id, operator = "admin01") {
    const { words } = this;
    await this.chooseUser(id);
    await this.field(words.acknowledgement).check();
    await this.field(words.transaction).fill((await this.account(operator)).transactionPassword);
    await this.button(words.reissue).click();
    await expect(this.page).toHaveTitle(words.doneTitle);
    return this.readSecret();
  }

  /** Passes the one-time password check and stays on the page with the two ways to see it. */
  async passOneTimePassword(id = "user02") {
    const { page, words } = this;
    await page.goto("/cert/reissue");
    await this.field(words.otp).fill((await this.account(id)).code);
    await this.button(words.otpButton).click();
    await expect(page).toHaveTitle(words.readyTitle);
  }

  /** The password on a page, which must have the shape of one. */
  async readSecret(page = this.page) {
    const value = page.locator(".secret__value").first();
    await expect(value).toHaveText(/^[2-9ACEFHJKMPRTWXY]{4}(-[2-9ACEFHJKMPRTWXY]{4}){3}$/);
    const secret = await value.textContent();
    this.guard.secret(secret);
    return secret;
  }
}
