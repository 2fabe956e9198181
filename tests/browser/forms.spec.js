// The paper forms: found, as large as they say, and what they are.

import { expect, test } from "./support/fixtures.js";
import { readPdf } from "./support/tools.js";

const LINKS = {
  ja: /^\[書式3\]パスワードに関する諸届 .+\(PDF、(\d+)KB\)$/,
  en: /^\[Form 3\] Notifications about passwords – .+ \(PDF, (\d+) KB\)$/,
};
const FIELDS = {
  ja: ["書式3", "御中", "届出日", "契約者番号", "会社名", "代表者名", "お届け印", "対象利用者ID", "対象利用者名", "届出内容",
    "証明書取得用パスワードの再発行", "送付先", "ご連絡先担当者", "電話番号", "郵送先", "銀行使用欄", "受付", "検印", "実行"],
  en: ["Form 3", "Date", "Contract number", "Company", "Representative", "Registered seal", "User ID concerned",
    "Matters", "Reissue of the certificate retrieval password", "Sent to", "Telephone", "Post to", "For the bank’s use"],
};

for (const language of ["ja", "en"]) {
  test(`form 3 is a PDF of one page, in ${language}`, async ({ page }) => {
    await page.goto(`/forms?lang=${language}`);
    const links = page.getByRole("main").getByRole("link", { name: LINKS[language] });
    await expect(links).toHaveCount(2);
    for (const link of await links.all()) {
      const [, kilobytes] = LINKS[language].exec(await link.innerText());
      const answer = await page.request.get(await link.getAttribute("href"));
      expect(answer.status()).toBe(200);
      expect(answer.headers()["content-type"]).toBe("application/pdf");
      const body = await answer.body();
      expect(Math.ceil(body.length / 1024)).toBe(Number(kilobytes));
      const { pages, text, title } = await readPdf(body);
      expect(pages).toBe(1);
      expect(title).toContain(language === "ja" ? "[書式3]" : "[Form 3]");
      for (const field of FIELDS[language]) expect(text).toContain(field);
    }
  });
}

test("the link to the PDF opens it", async ({ page }) => {
  await page.goto("/forms/light");
  const answered = page.waitForResponse((response) => response.url().endsWith("/forms/light/3.pdf"));
  // A browser without a viewer of its own saves the file instead.
  page.on("download", (download) => download.cancel());
  await page.getByRole("link", { name: LINKS.ja }).click();
  const answer = await answered;
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-disposition"]).toBe('inline; filename="form3-light-ja.pdf"');
});
