// Starts the real program with its demo data, one process a test, so that no lock, session, used
// one-time password or rate limit leaks from one test into another.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const program = process.env.WARIFU_HTTP || `${repository}target/debug/warifu-http`;
const START_LIMIT = 60_000;

export async function startServer(settings = []) {
  const parameters = ["--demo", ...settings.flatMap((setting) => ["--set", setting])];
  const child = spawn(program, parameters, { cwd: repository, stdio: ["ignore", "pipe", "pipe"] });
  const output = [];
  child.stderr.on("data", (text) => output.push(text.toString()));

  const origin = await new Promise((resolve, reject) => {
    const give_up = setTimeout(
      () => reject(new Error(`${program} did not say where it listens:\n${output.join("")}`)),
      START_LIMIT,
    );
    child.once("error", (error) => {
      clearTimeout(give_up);
      reject(new Error(`${program} cannot be started (build it with cargo build): ${error}`));
    });
    child.once("exit", (code) => {
      clearTimeout(give_up);
      reject(new Error(`${program} ended with ${code}:\n${output.join("")}`));
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      output.push(`${line}\n`);
      const listening = /^listening on (http:\/\/\S+) surfaces=/.exec(line);
      if (listening) {
        clearTimeout(give_up);
        resolve(listening[1]);
      }
    });
  }).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });

  let stopping = false;
  let ended = null;
  child.once("exit", (code, signal) => {
    if (!stopping) ended = `${program} ended by itself (${code ?? signal}):\n${output.join("")}`;
  });

  return {
    origin,
    /** Why the program is gone although nobody stopped it. */
    ended: () => ended,
    /** All that the program wrote, for looking for secrets. */
    output: () => output.join(""),
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const impatient = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await gone;
      clearTimeout(impatient);
    },
  };
}
