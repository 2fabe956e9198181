// Going through pages with nothing but keys.

import { expect } from "@playwright/test";

/** Presses Tab until `target` has the focus, and checks that the focus can be seen on the way. */
export async function tabTo(page, target, key = "Tab") {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press(key);
    const seen = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const box = element.getBoundingClientRect();
      // The outline may be drawn around the whole entry that a link covers.
      const outlines = [null, "::after"].map((part) => {
        const style = getComputedStyle(element, part);
        return style.outlineStyle === "none" ? 0 : Number.parseFloat(style.outlineWidth);
      });
      return {
        html: element.outerHTML.slice(0, 120),
        outline: Math.max(...outlines),
        // Reached by keyboard means scrolled into view and covered by nothing.
        inView: box.bottom > 0 && box.top < innerHeight,
      };
    });
    if (seen) {
      expect(seen.outline, `focus is visible on ${seen.html}`).toBeGreaterThanOrEqual(2);
      expect(seen.inView, `focus is in view on ${seen.html}`).toBe(true);
    }
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab never reaches ${target}`);
}

export async function typeInto(page, target, text) {
  await tabTo(page, target);
  await page.keyboard.type(text);
}

export async function press(page, target, key = "Enter") {
  await tabTo(page, target);
  await page.keyboard.press(key);
}
