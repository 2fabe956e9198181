// Small screens, large text, and people who set their own colours and spacing.

import { expect, test } from "./support/fixtures.js";
import { PUBLIC_SCREENS } from "./screens.js";
import { readPdf } from "./support/tools.js";

/** What sticks out to the right, leaving out what lies in a region that scrolls by itself. */
const sticksOut = () => {
  const width = document.documentElement.clientWidth;
  return [...document.body.querySelectorAll("*")]
    .filter((element) => element.checkVisibility() && !element.closest("[role=region][tabindex='0'], dialog"))
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .filter((element) => getComputedStyle(element).clipPath === "none")
    .map((element) => `${element.outerHTML.slice(0, 100)} in ${document.title}`);
};

async function expectNoSidewaysScrolling(page) {
  expect(await page.evaluate(sticksOut)).toEqual([]);
  const extra = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(extra, `sideways scrolling at ${page.url()}`).toBeLessThanOrEqual(0);
}

/** The spacing that WCAG 1.4.12 lets people set. */
const SPACING = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`;

const cutOff = () =>
  [...document.querySelectorAll("main *, header *, footer *")]
    .filter((element) => element.checkVisibility() && element.children.length === 0)
    .filter((element) => !element.matches("input, select, textarea, option, .vh, .vh *"))
    .filter((element) => {
      const style = getComputedStyle(element);
      return (
        style.overflow !== "visible" &&
        style.clipPath === "none" &&
        (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)
      );
    })
    .map((element) => element.outerHTML.slice(0, 120));

async function applySpacing(page) {
  // A style sheet of the person, which no content security policy stops.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  await session.send("DOM.enable");
  await session.send("CSS.enable");
  const { styleSheetId } = await session.send("CSS.createStyleSheet", { frameId: frameTree.frame.id });
  await session.send("CSS.setStyleSheetText", { styleSheetId, text: SPACING });
}

/** Calls `check` on every kind of screen. */
async function walk({ page, person, words, clerk }, check) {
  for (const path of PUBLIC_SCREENS) {
    await page.goto(path);
    await check();
  }
  await page.goto("/cert/login");
  await person.button(words.logIn).click();
  await check();
  await person.logInAsAdministrator("admin02");
  for (const path of ["/admin", "/admin/users", "/admin/users/cert-password", "/admin/audit"]) {
    await page.goto(path);
    await check();
  }
  await person.chooseUser("user27");
  await person.button(words.reissue).click();
  await check();
  await person.reissueFor("user27", "admin02");
  await page.locator("summary", { hasText: words.reading }).click();
  await check();
  await person.button(words.logOut).click();
  await person.logInForCertificate();
  await check();
  await person.passOneTimePassword();
  await check();
  await person.button(words.showHere).click();
  const secret = await person.readSecret();
  await check();
  await person.button(words.backToRetrieval).click();
  await person.field(words.code).fill(secret);
  await person.button(words.get).click();
  await expect(page).toHaveTitle(words.gotTitle);
  await check();
  const maker = await clerk("maker1");
  await check();
  await page.goto("/office/requests/new");
  await maker.main().click();
  await check();
  await maker.fillForm();
  await maker.main().click();
  await check();
  const path = await maker.register();
  await check();
  await page.goto("/office/requests?tab=all");
  await check();
  await (await clerk("checker1")).approve(path);
  await maker.makeNotice(path);
  await check();
}

test("320 pixels are enough", async ({ page, person, words, clerk }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await walk({ page, person, words, clerk }, () => expectNoSidewaysScrolling(page));
});

test("a person's own spacing loses nothing", async ({ page, person, words, clerk }) => {
  await walk({ page, person, words, clerk }, async () => {
    await applySpacing(page);
    expect(await page.evaluate(cutOff)).toEqual([]);
    await expectNoSidewaysScrolling(page);
  });
});

test("buttons and fields are big enough to hit", async ({ page, person, words, clerk }) => {
  await walk({ page, person, words, clerk }, async () => {
    const small = await page.evaluate(() =>
      [...document.querySelectorAll("button, input:not([type=hidden]), select, summary, .button")]
        .filter((element) => element.checkVisibility())
        .map((element) => {
          // The label of a box belongs to its target.
          const label = element.matches("[type=checkbox], [type=radio]") ? element.labels[0] : null;
          const boxes = [element, label].filter(Boolean).map((part) => part.getBoundingClientRect());
          return { html: element.outerHTML.slice(0, 100), height: Math.max(...boxes.map((box) => box.height)) };
        })
        .filter(({ height }) => height > 1 && height < 24),
    );
    expect(small, page.url()).toEqual([]);
    const main = await page
      .locator(".button--main:not(.button--small):visible")
      .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().height));
    for (const height of main) expect(height).toBeGreaterThanOrEqual(44);
  });
});

test("states are told by words, not by colour alone", async ({ page, person }) => {
  await person.logInAsAdministrator();
  await page.goto("/admin/users/cert-password?size=100");
  const badges = await page.locator(".badge").allTextContents();
  expect(badges.length).toBeGreaterThan(20);
  for (const text of badges) expect(text.trim()).not.toBe("");
  expect(new Set(badges.map((text) => text.trim())).size).toBeGreaterThan(4);
});

test("forced colours keep borders and focus", async ({ page, person, words }) => {
  await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
  await person.open("/cert/login");
  const border = await person
    .field(words.contract)
    .evaluate((field) => Number.parseFloat(getComputedStyle(field).borderTopWidth));
  expect(border).toBeGreaterThanOrEqual(1);
  const button = await person
    .button(words.logIn)
    .evaluate((element) => Number.parseFloat(getComputedStyle(element).borderTopWidth));
  expect(button).toBeGreaterThanOrEqual(1);
  await page.keyboard.press("Tab");
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")].filter((element) => {
      const style = getComputedStyle(element);
      const seconds = [style.transitionDuration, style.animationDuration].join(",").split(",");
      return seconds.some((duration) => Number.parseFloat(duration) > 0.01);
    }).length,
  );
  expect(moving).toBe(0);
});

test("the form to post is one page of paper", async ({ page }) => {
  for (const edition of ["standard", "light"]) {
    await page.goto(`/forms/${edition}/3`);
    const { pages, text } = await readPdf(await page.pdf({ preferCSSPageSize: true }));
    expect(pages).toBe(1);
    expect(text).toContain("書式3");
    expect(text).toContain("パスワードに関する諸届");
  }
});
