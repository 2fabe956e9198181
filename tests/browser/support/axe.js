// Accessibility checks that hold for every screen.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "@playwright/test";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** No violation of WCAG 2.2 level A and AA that axe can find. */
export async function expectNoViolations(page, screen) {
  await page.evaluate(axe);
  const result = await page.evaluate(
    (rules) => globalThis.axe.run(document, { runOnly: { type: "tag", values: rules } }),
    RULES,
  );
  const violations = result.violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.map((node) => `${node.html} — ${node.failureSummary}`),
  }));
  expect(violations, `${screen} at ${page.url()}`).toEqual([]);
}

/** What every screen has: language, title, one heading, landmarks, and nothing that bars people. */
export async function expectWellFormed(page, language, screen) {
  const seen = await page.evaluate(() => {
    const count = (selector) => document.querySelectorAll(selector).length;
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const targets = [...document.querySelectorAll("a[href],button,input,select,summary")]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .map((element) => {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const clipped = style.clipPath !== "none" || box.width <= 1;
        const inline = element.matches("a") && style.display === "inline";
        return { html: element.outerHTML.slice(0, 120), box, skip: clipped || inline };
      })
      .filter(({ box, skip }) => !skip && (box.width < 24 || box.height < 24))
      .map(({ html, box }) => `${html} is ${box.width}×${box.height}`);
    return {
      language: document.documentElement.lang,
      title: document.title,
      headings: count("h1"),
      main: count("main#main"),
      skipLink: document.querySelector("a[href]")?.getAttribute("href"),
      barred: count("[required], [placeholder], button[disabled], input[disabled]"),
      handlers: count("[onclick], [onsubmit], [onload], [style]"),
      duplicates: ids.filter((id, index) => ids.indexOf(id) !== index),
      small: targets,
      unguarded: [...document.querySelectorAll("a[href^='http']")]
        .filter((link) => new URL(link.href).origin !== location.origin)
        .filter((link) => !/noopener/.test(link.rel) || !/noreferrer/.test(link.rel))
        .map((link) => link.href),
      tables: [...document.querySelectorAll("main table")]
        .filter((table) => !table.caption || table.querySelector("thead th:not([scope])"))
        .map((table) => table.outerHTML.slice(0, 200)),
    };
  });
  expect(seen, `${screen} at ${page.url()}`).toEqual({
    language,
    title: expect.stringMatching(/.(｜| – | ホームページ$| home$)/),
    headings: 1,
    main: 1,
    skipLink: "#main",
    barred: 0,
    handlers: 0,
    duplicates: [],
    small: [],
    unguarded: [],
    tables: [],
  });
}

/** Both of the above. */
export async function expectAccessible(page, language, screen) {
  await expectWellFormed(page, language, screen);
  await expectNoViolations(page, screen);
}

/**
 * The error summary: it has the focus, the title says so, each entry leads to its field, and a field
 * that is marked invalid is described by the very words of the summary.
 */
export async function expectErrorSummary(page, words, messages) {
  const summary = page.locator("#error-summary");
  await expect(summary).toBeVisible();
  await expect(summary).toBeFocused();
  await expect(page).toHaveTitle(words.errorTitle);
  await expect(summary.getByRole("alert").getByRole("heading")).toHaveText(words.errorHeading);
  await expect(summary.getByRole("listitem")).toHaveText(messages);

  for (const invalid of await page.locator("[aria-invalid=true]").all()) {
    const description = await invalid.evaluate((field) =>
      (field.getAttribute("aria-describedby") ?? "")
        .split(/\s+/)
        .map((id) => document.getElementById(id)?.textContent ?? "")
        .join(" "),
    );
    expect(messages.some((message) => description.includes(message))).toBe(true);
  }

  for (const link of await summary.getByRole("link").all()) {
    const target = (await link.getAttribute("href")).slice(1);
    await link.click();
    await expect(page.locator(`[id="${target}"]`)).toBeFocused();
  }
}
