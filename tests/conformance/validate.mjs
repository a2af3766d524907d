// Recorded traffic (aci-emulator --record) against the official API descriptions, with oav's live
// validator: every request and every answer of a described operation, offline.

import { readFileSync } from "node:fs";
import { check } from "./checks.mjs";
import { requireFrom } from "./packages.mjs";

// What our descriptions do not hold: other providers' paths, and what is outside Resource Manager.
const undescribed = [
  /\/oauth2\//i,
  /\/\.well-known\//i,
  /\/discovery\//i,
  /\/locations\/[^/]+\/operation(s|Results)\//i,
  /^\/subscriptions(\/[^/]+)?(\/(locations|resourceGroups(\/[^/]+)?|providers(\/[^/]+(\/register)?)?))?$/i,
  /^\/subscriptions\/[^/]+\/(resourceGroups\/[^/]+\/)?(resources|operationresults\/[^/]+)$/i,
  /\/providers\/Microsoft\.Compute\//i,
  /^\/(tenants|metadata\/|msi\/|api\/retail\/|exec\/|attach\/)/i,
];

// The versions that are described. What a client asked in an older one is held against these: the
// shapes have only grown.
const described = { "microsoft.containerinstance": "2025-09-01", "microsoft.standbypool": "2025-10-01" };

/** oav prints the bare word for each answer that is an error, which ours often are. */
function muteBareErrors(stream) {
  const write = stream.write.bind(stream);
  stream.write = (text, ...rest) => (String(text).trim() === "error" ? true : write(text, ...rest));
}

/** Loads the descriptions once; the returned function validates one file of traffic. */
export async function makeValidator(build, descriptions) {
  const { LiveValidator } = requireFrom(build)("oav/dist/lib/liveValidation/liveValidator");
  const silent = () => {};
  muteBareErrors(process.stdout);
  muteBareErrors(process.stderr);
  const validator = new LiveValidator({
    directory: descriptions,
    swaggerPathsPattern: ["specification/**/resource-manager/**/*.json"],
    excludedSwaggerPathsPattern: ["**/examples/**/*", "**/common-types/**/*"],
    git: { shouldClone: false },
    isPathCaseSensitive: false,
    loadValidatorInInitialize: true,
  }, silent);
  await validator.initialize();
  await proveThatItLooks(validator);
  return (title, file) => validateFile(validator, title, file);
}

/** A judge that finds nothing is not believed: it must see a wrong type and a missing member. */
async function proveThatItLooks(validator) {
  const path =
    "/subscriptions/0/resourceGroups/g/providers/Microsoft.ContainerInstance/containerGroups/web-1?api-version=2025-09-01";
  const request = { method: "GET", url: `https://arm.test${path}`, headers: {} };
  const body = { properties: { osType: "Linux", restartPolicy: 3 } };
  const pair = pairOf({ request, response: { status: 200, headers: {}, body } });
  const { responseValidationResult } = await validator.validateLiveRequestResponse(pair);
  const codes = responseValidationResult.errors.map((error) => error.code);
  const seen = codes.includes("OBJECT_MISSING_REQUIRED_PROPERTY") && codes.some((code) => /TYPE|ENUM/.test(code));
  check("oav finds planted errors", seen ? "" : `it found only: ${codes.join(", ") || "nothing"}`);
}

function isDescribed(url) {
  const path = new URL(url).pathname;
  return !undescribed.some((pattern) => pattern.test(path));
}

/** oav reads numbers, booleans and objects as JSON does; an answer that was lost has no words. */
function pairOf({ request, response }) {
  const url = new URL(request.url);
  const provider = url.pathname.toLowerCase().split("/providers/").at(-1).split("/")[0];
  if (described[provider]) url.searchParams.set("api-version", described[provider]);
  return {
    liveRequest: {
      method: request.method,
      url: url.pathname + url.search,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: request.body,
    },
    liveResponse: { statusCode: String(response.status), headers: response.headers, body: response.body },
  };
}

function complaintOf(result, which) {
  const words = result.errors.map((e) => `${which} ${e.code} at ${e.pathsInPayload?.join(", ")}: ${e.message}`);
  if (result.runtimeException) words.push(`${which}: ${result.runtimeException.message}`);
  return words;
}

async function validateFile(validator, title, file) {
  const exchanges = readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const operations = new Set();
  let validated = 0;
  let errors = 0;
  for (const exchange of exchanges) {
    const { request, response } = exchange;
    if (!isDescribed(request.url) || response.delivery) continue;
    const result = await validator.validateLiveRequestResponse(pairOf(exchange));
    const complaints = [
      // A request that was refused as malformed is meant to be malformed.
      ...(response.status === 400 ? [] : complaintOf(result.requestValidationResult, "request")),
      ...complaintOf(result.responseValidationResult, "answer"),
      ...(result.runtimeException ? [result.runtimeException.message] : []),
    ];
    validated += 1;
    errors += complaints.length;
    operations.add(result.requestValidationResult.operationInfo?.operationId);
    check(`${title}: ${request.method} ${new URL(request.url).pathname} ${response.status}`, complaints.join("; "));
  }
  console.log(
    `${title}: ${exchanges.length} exchanges, ${validated} of described operations` +
      ` (${operations.size} different), oav errors: ${errors}`,
  );
  if (validated === 0) check(`${title}: there is traffic to validate`, "there is none");
  return { validated, errors };
}
