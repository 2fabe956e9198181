// Walks both procedures in both languages and writes the pictures of the documentation.
//
//   npm run screenshots            into docs/screenshots
//   npm run screenshots -- FOLDER  all screens, into FOLDER
//
// Needs pdftoppm for the print-outs. Where pngquant is installed, the pictures are made small.

import { execFile } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { chromium } from "@playwright/test";
import config from "./playwright.config.js";
import { readAccounts } from "./support/accounts.js";
import { Clerk } from "./support/office.js";
import { startServer } from "./support/server.js";
import { words as dictionary } from "./support/words.js";

const run = promisify(execFile);
const all = process.argv.length > 2;
const documented = new Set([
  "home-ja",
  "select-ja",
  "reissue-ja",
  "password-ja",
  "sheet-ja",
  "ready-ja",
  "retrieved-ja",
  "password-en",
  "office-request-ja",
  "office-notice-ja",
]);
const folder = all
  ? resolve(process.argv[2])
  : fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
await mkdir(folder, { recursive: true });

const browser = await chromium.launch(config.use.launchOptions);
for (const language of ["ja", "en"]) {
  const server = await startServer();
  try {
    await walk(server.origin, language);
    await walkOffice(server.origin, language);
  } finally {
    await server.stop();
  }
}
await browser.close();
await makeSmall();

async function walk(origin, language) {
  const words = dictionary[language];
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width: 1280, height: 800 },
    locale: language,
  });
  const page = await context.newPage();
  const field = (name) => page.getByLabel(name).and(page.locator("input, select"));
  const button = (name) => page.getByRole("button", { name, exact: typeof name === "string" });
  const account = async (id) => (await readAccounts(origin)).find(({ user }) => user === id);
  const take = (name, where = page) => picture(where, `${name}-${language}`);
  const logIn = async (path, id) => {
    await page.goto(path);
    const { contract, user, loginPassword } = await account(id);
    await field(words.contract).fill(contract);
    await field(words.user).fill(user);
    await field(words.loginPassword).fill(loginPassword);
    await button(words.logIn).click();
    await button(words.logOut).waitFor();
  };

  await page.goto("/");
  if ((await page.locator("html").getAttribute("lang")) !== language) {
    await page.getByRole("banner").getByRole("link", { name: words.languageLink }).click();
  }
  await take("home");
  for (const name of ["demo", "notes", "accessibility", "forms"]) {
    await page.goto(`/${name}`);
    await take(name);
  }
  for (const name of ["reissue", "login"]) {
    await page.goto(`/help/${name}`);
    await take(`help-${name}`);
  }
  await page.goto("/forms/standard/3");
  await take("form3");
  await print(page, "form3-paper");

  await page.goto("/admin/login");
  await take("admin-login");
  await button(words.logIn).click();
  await take("admin-login-errors");
  await logIn("/admin/login", "admin02");
  await take("top");
  await page.goto("/admin/users");
  await take("users");
  await page.goto("/admin/users/cert-password");
  await take("select");
  await button(words.select("鈴木 一郎", "user01")).click();
  await take("reissue");
  await button(words.reissue).click();
  await take("reissue-errors");
  await field(words.acknowledgement).check();
  await field(words.transaction).fill((await account("admin02")).transactionPassword);
  await button(words.reissue).click();
  await page.locator("summary", { hasText: words.reading }).waitFor();
  await take("password");
  await print(page, "sheet");
  await page.locator("summary", { hasText: words.reading }).click();
  await take("password-reading");
  await page.goto("/admin/reissues");
  await take("reissues");
  await page.goto("/admin/audit");
  await take("audit");
  await page.getByRole("main").getByRole("table").getByRole("link").first().click();
  await take("audit-record");
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/admin/users/cert-password");
  await take("select-narrow");
  await page.setViewportSize({ width: 1280, height: 800 });
  await button(words.logOut).click();
  await take("logged-out");

  await page.goto("/cert/login");
  await take("cert-login");
  await logIn("/cert/login", "user02");
  await take("retrieve");
  await page.getByText(words.options).click();
  await take("retrieve-options");
  await page.goto("/cert/reissue");
  await take("otp");
  await field(words.otp).fill((await account("user02")).code);
  await button(words.otpButton).click();
  await button(words.showHere).waitFor();
  await take("ready");
  const opened = context.waitForEvent("page");
  await button(words.show).click();
  const secretWindow = await opened;
  const secret = await secretWindow.locator(".secret__value").textContent();
  await secretWindow.setViewportSize({ width: 400, height: 480 });
  await take("secret-window", secretWindow);
  await field(words.code).waitFor();
  await field(words.code).fill(secret);
  await button(words.get).click();
  await page.getByRole("link", { name: words.download }).waitFor();
  await take("retrieved");
  await page.goto("/cert/reissues");
  await take("own-reissues");
  await page.goto("/there-is-no-such-page");
  await take("not-found");
  await context.close();
}

/** The case of one form, with two clerks. */
async function walkOffice(origin, language) {
  const take = (name, { page }) => picture(page, `${name}-${language}`);
  const hire = async (id) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(`${origin}/office/login?lang=${language}`);
    return new Clerk({ page, origin, id });
  };
  const maker = await hire("maker1");
  await take("office-login", maker);
  await maker.logIn();
  await maker.page.goto(`${origin}/office/requests/new`);
  await maker.main().click();
  await take("office-intake-errors", maker);
  await maker.fillForm();
  await take("office-intake", maker);
  await maker.main().click();
  await take("office-check", maker);
  const path = await maker.register();
  const checker = await (await hire("checker1")).logIn();
  await take("office-to-approve", checker);
  await checker.page.goto(`${origin}${path}`);
  await take("office-request", checker);
  await checker.approve(path);
  await maker.page.goto(`${origin}/office/requests`);
  await take("office-to-print", maker);
  await maker.page.goto(`${origin}${path}/dispatch`);
  await take("office-dispatch", maker);
  await maker.makeNotice(path);
  await take("office-notice-screen", maker);
  await print(maker.page, "office-notice");
  await maker.main().click();
  await take("office-to-post", maker);
  await maker.page.goto(`${origin}${path}/reprint`);
  await take("office-reprint", maker);
  await maker.page.goto(`${origin}${path}/returned-mail`);
  await take("office-returned-mail", maker);
  const auditor = await (await hire("auditor1")).logIn();
  await auditor.page.goto(`${origin}/office/audit`);
  await take("office-audit", auditor);
  await Promise.all([maker, checker, auditor].map(({ page }) => page.context().close()));
}

async function picture(page, name) {
  if (!all && !documented.has(name)) return;
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: "disabled" });
}

/** The page as it comes out of a printer. */
async function print(page, name) {
  const picture = `${name}-${await page.locator("html").getAttribute("lang")}`;
  if (!all && !documented.has(picture)) return;
  const pdf = join(folder, `${picture}.pdf`);
  await writeFile(pdf, await page.pdf({ preferCSSPageSize: true }));
  await run("pdftoppm", ["-png", "-r", "60", "-singlefile", pdf, join(folder, picture)]);
  await rm(pdf);
}

async function makeSmall() {
  const pictures = (await readdir(folder)).filter((name) => name.endsWith(".png"));
  const options = ["--force", "--ext", ".png", "--quality", "70-95", "--"];
  try {
    await run("pngquant", [...options, ...pictures.map((name) => join(folder, name))]);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    console.error("pngquant is not installed: the pictures stay as large as they are");
  }
}
