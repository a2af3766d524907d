// Azure's validator and clients: installed from the npm registry into the build directory, at the
// versions of package-lock.json. What is there is used; nothing is installed twice.

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const files = ["package.json", "package-lock.json"];

/** Installs if needed. Empty if all is there, otherwise why it is not. */
export function install(build) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) return `Azure's packages need node 20 or newer, this is ${process.versions.node}`;
  const wanted = createHash("sha256");
  for (const file of files) wanted.update(readFileSync(join(here, file)));
  const mark = wanted.digest("hex");
  const markFile = join(build, "node_modules", ".installed");
  if (existsSync(markFile) && readFileSync(markFile, "utf8") === mark) return "";

  mkdirSync(build, { recursive: true });
  for (const file of files) copyFileSync(join(here, file), join(build, file));
  const listed = JSON.parse(readFileSync(join(here, "package.json"), "utf8")).dependencies;
  const names = Object.entries(listed).map(([name, version]) => `${name}@${version}`);
  console.log(`installing ${names.join(", ")} into ${build}/node_modules`);
  const options = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1", "--loglevel=error"];
  const run = spawnSync("npm", options, { cwd: build, encoding: "utf8", timeout: 300_000 });
  if (run.error) return `npm cannot be run (${run.error.message}): apt-get install npm`;
  if (run.status !== 0) {
    const words = (run.stderr || run.stdout).trim().split("\n").slice(0, 3).join(" ");
    return `npm could not install Azure's packages (no network?): ${words}`;
  }
  writeFileSync(markFile, mark);
  return "";
}

/** `require` as if the caller lay beside the installed packages. */
export function requireFrom(build) {
  return createRequire(join(build, "package.json"));
}
