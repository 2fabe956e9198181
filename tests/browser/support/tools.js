// The command-line tools that look at what the browser was given.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export async function inFolder(action) {
  const folder = await mkdtemp(join(tmpdir(), "warifu-browser-"));
  try {
    return await action(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The subject and the purposes of the certificate in a PKCS#12 file, as OpenSSL reads them. */
export async function openPkcs12(path, passphrase) {
  return inFolder(async (folder) => {
    const secret = join(folder, "passphrase");
    const certificate = join(folder, "certificate.pem");
    const key = join(folder, "key.pem");
    await writeFile(secret, `${passphrase}\n`, { mode: 0o600 });
    const common = ["pkcs12", "-in", path, "-passin", `file:${secret}`];
    await run("openssl", [...common, "-clcerts", "-nokeys", "-out", certificate]);
    await run("openssl", [...common, "-nocerts", "-noenc", "-out", key]);
    const show = ["x509", "-in", certificate, "-noout", "-nameopt", "utf8,sep_comma_plus"];
    const { stdout: text } = await run("openssl", [...show, "-subject", "-ext", "extendedKeyUsage"]);
    const { stdout: ofCertificate } = await run("openssl", [...show.slice(0, 4), "-pubkey"]);
    const { stdout: ofKey } = await run("openssl", ["pkey", "-in", key, "-pubout"]);
    return { text, keyMatches: ofCertificate === ofKey };
  });
}

/** The text and the number of pages of a PDF. */
export async function readPdf(pdf) {
  return inFolder(async (folder) => {
    const path = join(folder, "page.pdf");
    await writeFile(path, pdf);
    const { stdout: text } = await run("pdftotext", ["-layout", path, "-"]);
    const { stdout: facts } = await run("pdfinfo", [path]);
    return {
      text,
      pages: Number(/^Pages:\s+(\d+)/m.exec(facts)?.[1]),
      title: /^Title:\s+(.*)$/m.exec(facts)?.[1] ?? "",
    };
  });
}

/** A key of one's own and a request for it, and a way to compare it with what a certificate has. */
export async function makeRequest() {
  return inFolder(async (folder) => {
    const key = join(folder, "key.pem");
    const curve = ["-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
    const make = ["req", "-new", "-newkey", "ec", ...curve, "-keyout", key, "-subj", "/CN=whoever"];
    const { stdout: request } = await run("openssl", make);
    const { stdout: publicKey } = await run("openssl", ["pkey", "-in", key, "-pubout"]);
    const publicKeyOf = async (path) =>
      (await run("openssl", ["x509", "-in", path, "-noout", "-pubkey"])).stdout;
    return { request, publicKey, publicKeyOf };
  });
}
