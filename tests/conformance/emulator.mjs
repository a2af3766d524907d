// One aci-emulator as a child, over https with a certificate made for the run, recording.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A self-signed certificate for 127.0.0.1, made once per build directory. */
export function certificate(build) {
  const cert = join(build, "tls-cert.pem");
  const key = join(build, "tls-key.pem");
  mkdirSync(build, { recursive: true });
  if (!existsSync(cert) || !existsSync(key)) {
    const made = spawnSync("openssl", [
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=127.0.0.1",
      "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", cert,
    ], { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr ?? made.error}`);
  }
  return { cert, key };
}

/** Starts one, whose client may use the certificate, too; resolves to `{url, cert, key, stop()}` once it listens. */
export async function startEmulator(program, build, traffic, options = []) {
  const { cert, key } = certificate(build);
  const child = spawn(program, [
    "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key, "--client-cert", cert, "--record", traffic,
    ...options,
  ], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise((resolve, reject) => {
    lines.once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the emulator ended with ${code}`)));
    child.once("error", reject);
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    url,
    cert,
    key,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
