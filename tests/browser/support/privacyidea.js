// A real privacyIDEA for one test, with a token that goes by time.

import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const environment = process.env.WARIFU_PRIVACYIDEA || `${repository}target/privacyidea`;
const script = `${repository}tests/support/src/privacyidea/serve.py`;
const START_LIMIT = 60_000;

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The code of a token with this secret at the current time (RFC 6238). */
function currentCode(secret) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", secret).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Starts one that knows `user`, with a token. */
export async function startPrivacyIdea(user) {
  const folder = mkdtempSync(join(tmpdir(), "privacyidea-"));
  const port = await freePort();
  const python = `${environment}/bin/python`;
  const child = spawn(python, [script, folder, String(port)], { cwd: folder, stdio: "ignore" });
  let ended = null;
  child.once("error", (error) => (ended = `${python} cannot be started: ${error}`));
  child.once("exit", (code) => (ended ??= `privacyIDEA ended with ${code}`));
  const origin = `http://127.0.0.1:${port}`;
  let token = "";

  async function call(path, body) {
    const answer = await fetch(`${origin}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: token },
      body: JSON.stringify(body),
    });
    const json = await answer.json();
    if (json.result?.status !== true) throw new Error(`${path}: ${JSON.stringify(json)}`);
    return json.result.value;
  }

  async function logIn() {
    const since = Date.now();
    for (;;) {
      try {
        return await call("/auth", { username: "admin", password: "for tests only" });
      } catch (error) {
        if (ended || Date.now() - since > START_LIMIT) throw new Error(ended ?? String(error));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  ({ token } = await logIn());
  const users = join(folder, "users");
  writeFileSync(users, `${user}:x:1000:1000:${user},,,:/:/bin/false\n`);
  await call("/resolver/users", { type: "passwdresolver", fileName: users });
  await call("/realm/customers", { resolvers: "users" });
  await call("/defaultrealm/customers", {});
  const secret = randomBytes(20);
  await call("/token/init", { user, type: "totp", otpkey: secret.toString("hex"), genkey: 0 });

  return {
    /** Where codes are checked. */
    url: `${origin}/validate/check`,
    /** What the token shows now. */
    code: () => currentCode(secret),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
