// The conformance suite: Azure's own validator over our traffic, and Azure's own clients over our
// emulator. See README.md. Exit code 0, 1 if a check failed, 77 if nothing could be checked.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { check, close, skip } from "./checks.mjs";
import { startEmulator } from "./emulator.mjs";
import { install } from "./packages.mjs";
import { makeValidator } from "./validate.mjs";

const here = dirname(fileURLToPath(import.meta.url));

function argumentsOf(words) {
  const named = {};
  for (let i = 0; i + 1 < words.length; i += 2) named[words[i].replace(/^--/, "")] = words[i + 1];
  return named;
}

/** Runs a client as a child and takes over its `checks` line. */
function runClient(title, command, args, env) {
  const run = spawnSync(command, args, { encoding: "utf8", timeout: 240_000, env: { ...process.env, ...env } });
  const words = `${run.stdout ?? ""}${run.stderr ?? ""}`;
  const totals = words.match(/^checks: (\d+) passed, (\d+) failed/m);
  const told = words.split("\n").filter((line) => line && !line.startsWith("checks:"));
  if (run.status === 77) return skip(`${title}: ${told.at(-1)?.replace("SKIPPED: ", "")}`);
  if (told.length > 0) console.log(told.join("\n"));
  const [ok, bad] = totals ? [Number(totals[1]), Number(totals[2])] : [0, 1];
  console.log(`${title}: ${ok} operations passed, ${bad} failed`);
  for (let i = 0; i < ok; i += 1) check(title);
  for (let i = 0; i < bad; i += 1) check(title, totals ? "see above" : `it ended with ${run.status}: ${words}`);
}

/** Debian's Go SDK is a source: the client is built with it. Null, and skipped, where it is absent. */
function buildGoClient() {
  const sources = "/usr/share/gocode";
  const hasSources = existsSync(join(sources, "src/github.com/Azure/azure-sdk-for-go/services/containerinstance"));
  if (!hasSources || spawnSync("go", ["version"]).status !== 0) {
    skip("Go SDK: apt-get install golang-go golang-github-azure-azure-sdk-for-go-dev");
    return null;
  }
  const program = join(build, "go_sdk");
  const env = { ...process.env, GO111MODULE: "off", GOPATH: sources, GOCACHE: join(build, "go-cache"), GOFLAGS: "-p=1" };
  const made = spawnSync("go", ["build", "-o", program, join(here, "go_sdk.go")], { encoding: "utf8", env });
  check("the Go SDK's client compiles", made.status === 0 ? "" : made.stderr);
  return made.status === 0 ? program : null;
}

const { build, descriptions, life, emulator } = argumentsOf(process.argv.slice(2));
const missing = install(build);
if (missing) {
  skip(missing);
  process.exit(close());
}

let validate = null;
if (!descriptions || !existsSync(descriptions)) {
  skip("no official API descriptions: set the option shared_data (meson configure -Dshared_data=FOLDER)");
} else {
  validate = await makeValidator(build, descriptions);
}

const lifeTraffic = join(build, "life.jsonl");
const lived = spawnSync(life, { encoding: "utf8", env: { ...process.env, SPILLWAY_TRAFFIC: lifeTraffic } });
check("Spillway's client lives a full life", lived.status === 0 ? "" : `${lived.stdout}${lived.stderr}`);
if (validate) await validate("Spillway's client", lifeTraffic);

const sdkTraffic = join(build, "sdk.jsonl");
const cloud = await startEmulator(emulator, build, sdkTraffic, ["--speed", "60"]);
try {
  runClient("JavaScript SDK", process.execPath, [join(here, "sdk.mjs"), build, cloud.url], {
    NODE_EXTRA_CA_CERTS: cloud.cert,
  });
  runClient("JavaScript identities", process.execPath, [join(here, "identity.mjs"), build, cloud.url, cloud.cert, cloud.key], {
    NODE_EXTRA_CA_CERTS: cloud.cert,
  });
  // Debian's Python, which has Debian's SDK.
  if (existsSync("/usr/bin/python3")) {
    runClient("Python SDK", "/usr/bin/python3", [join(here, "python_sdk.py"), cloud.url], {
      REQUESTS_CA_BUNDLE: cloud.cert,
      SSL_CERT_FILE: cloud.cert,
    });
  }
  const go = buildGoClient();
  if (go) runClient("Go SDK", go, [cloud.url, cloud.cert, cloud.key], { SSL_CERT_FILE: cloud.cert });
} finally {
  await cloud.stop();
}
if (validate) await validate("SDKs", sdkTraffic);

process.exit(close());
