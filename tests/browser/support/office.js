// What clerks of the bank do. Everybody has a card whose code is good once: one login a server.

import { expect } from "@playwright/test";
import { readClerk } from "./accounts.js";

export class Clerk {
  constructor({ page, origin, id }) {
    Object.assign(this, { page, origin, id });
  }

  /** The button that goes on. */
  main() {
    return this.page.getByRole("main").locator("button.button--main, a.button--main").first();
  }

  async fillLogin() {
    const { page } = this;
    this.account = await readClerk(this.origin, this.id);
    await page.locator("#staff").fill(this.account.staff);
    await page.locator("#password").fill(this.account.loginPassword);
    await page.locator("#otp").fill(this.account.code);
  }

  async logIn() {
    // No printer stands here: what is on paper is read from a PDF.
    await this.page.addInitScript(() => {
      globalThis.print = () => {};
    });
    await this.page.goto(`${this.origin}/office/login`);
    await this.fillLogin();
    await this.main().click();
    await expect(this.page).toHaveURL(/\/office\/requests$/);
    return this;
  }

  /** Fills in the form that arrived. */
  async fillForm(user = "user01") {
    const { page } = this;
    await page.locator("#edition-standard").check();
    await page.locator("#received_on").fill("2026-03-31");
    await page.locator("#contract").fill("1234567890");
    await page.locator("#user").fill(user);
    await page.locator("#matter-reissue").check();
    await page.locator("#scan_reference").fill("SCAN-0001");
    for (const check of ["seal", "identity", "registered_address"]) {
      await page.locator(`#${check}-done`).check();
    }
  }

  /** Registers a form and asks for approval; gives the path of the request. */
  async register(user) {
    const { page } = this;
    await page.goto(`${this.origin}/office/requests/new`);
    await this.fillForm(user);
    await this.main().click();
    await expect(page).toHaveURL(/\/check$/);
    await this.main().click();
    await expect(page).toHaveURL(/\/office\/requests\/[^/]+$/);
    await expect(page.getByRole("status")).toBeVisible();
    return new URL(page.url()).pathname;
  }

  async approve(path) {
    const { page } = this;
    await page.goto(`${this.origin}${path}`);
    await page.locator("#decision-approve").check();
    await page.locator("#password").fill(this.account.loginPassword);
    await this.main().click();
    await expect(page.getByRole("status")).toBeVisible();
    await expect(page).toHaveURL(new URL(path, this.origin).href);
  }

  /** Makes the notice and stays on its page. */
  async makeNotice(path) {
    await this.page.goto(`${this.origin}${path}/dispatch`);
    await this.main().click();
    await expect(this.page.locator("article.letter")).toHaveCount(1);
    return this.page.locator(".sheet__value").textContent();
  }

  /** Says on the page of the notices that they came out of the printer. */
  async confirmPrinted() {
    await this.page.getByRole("button", { name: "印刷した" }).click();
  }
}
