import { defineConfig } from "@playwright/test";

// Debian's Chromium instead of a downloaded one. Two switches of Playwright are taken back, because
// the pages are tested under the conditions of a person's browser: pop-ups are blocked unless a click
// opens them, and pages go into the back/forward cache.
const launchOptions = {
  executablePath: process.env.WARIFU_CHROMIUM || "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
  ignoreDefaultArgs: ["--disable-popup-blocking", "--disable-back-forward-cache"],
};

const reporter = [["list"]];
if (process.env.WARIFU_BROWSER_RESULT) {
  reporter.push(["json", { outputFile: process.env.WARIFU_BROWSER_RESULT }]);
}

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.js",
  outputDir: "test-results",
  forbidOnly: true,
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter,
  use: {
    launchOptions,
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    screenshot: "only-on-failure",
    viewport: { width: 1280, height: 900 },
  },
  projects: [
    { name: "ja", use: { language: "ja", locale: "ja-JP" } },
    // What depends on words is tried in the second language too.
    {
      name: "en",
      testMatch: ["a11y.spec.js", "flows.spec.js", "errors.spec.js", "retrieved.spec.js", "folds.spec.js"],
      use: { language: "en", locale: "en-GB" },
    },
  ],
});
