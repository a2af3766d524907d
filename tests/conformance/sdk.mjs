// Azure's JavaScript SDK against the emulator, as its users call it: every operation once at least,
// in the versions that it sends by itself and in the newest. `node sdk.mjs BUILD_DIR URL`.

import { check, close } from "./checks.mjs";
import { requireFrom } from "./packages.mjs";
import { around as aroundGroups } from "./sdk_around.mjs";
import { converse } from "./web_socket.mjs";

const [build, url] = process.argv.slice(2);
const require = requireFrom(build);
const { ClientSecretCredential } = require("@azure/identity");
const { ContainerInstanceManagementClient } = require("@azure/arm-containerinstance");
const { createHttpHeaders, createPipelineRequest } = require("@azure/core-rest-pipeline");

const subscription = "00000000-0000-0000-0000-000000000000";
const tenant = "11111111-1111-1111-1111-111111111111";
const client = "22222222-2222-2222-2222-222222222222";
const place = "spillway";

/** Runs one operation; a failure is a failed check, never the end of the others. */
async function passes(name, operation) {
  try {
    const problem = await operation();
    check(name, typeof problem === "string" ? problem.slice(0, 500) : "");
  } catch (error) {
    check(name, `${error.name} ${error.code ?? ""} ${error.statusCode ?? ""}: ${error.message}`);
  }
}

async function refuses(name, status, code, operation) {
  try {
    await operation();
    check(name, "it was accepted");
  } catch (error) {
    const told = `${error.statusCode} ${error.code}`;
    check(name, told === `${status} ${code}` ? "" : `expected ${status} ${code}, got ${told}: ${error.message}`);
  }
}

const expect = (condition, words) => (condition ? undefined : words);

async function all(iterator) {
  const found = [];
  for await (const item of iterator) found.push(item);
  return found;
}

const credential = (secret = "emulator-secret") =>
  new ClientSecretCredential(tenant, client, secret, { authorityHost: url, disableInstanceDiscovery: true });

const web = (tags = { team: "blue" }) => ({
  location: "westeurope",
  tags,
  osType: "Linux",
  restartPolicy: "Always",
  sku: "Standard",
  ipAddress: { type: "Public", ports: [{ protocol: "TCP", port: 8000 }], dnsNameLabel: "spillway-web" },
  containers: [
    {
      name: "main",
      image: "demo/web:1",
      command: ["/bin/web", "--port", "8000"],
      ports: [{ port: 8000 }],
      environmentVariables: [{ name: "MODE", value: "demo" }, { name: "KEY", secureValue: "hush" }],
      resources: { requests: { cpu: 1, memoryInGB: 1.5 }, limits: { cpu: 1, memoryInGB: 1.5 } },
      livenessProbe: { httpGet: { path: "/healthz", port: 8000, scheme: "http" }, periodSeconds: 5 },
      volumeMounts: [{ name: "scratch", mountPath: "/tmp/scratch" }],
    },
    { name: "sidecar", image: "demo/side:1", resources: { requests: { cpu: 0.5, memoryInGB: 0.5 } } },
  ],
  initContainers: [{ name: "init", image: "demo/init:1", command: ["true"] }],
  imageRegistryCredentials: [{ server: "registry.example", username: "puller", password: "hush" }],
  volumes: [{ name: "scratch", emptyDir: {} }, { name: "secrets", secret: { key: "aHVzaA==" } }],
  identity: { type: "SystemAssigned" },
});

async function life(arm, name) {
  const groups = arm.containerGroups;
  await passes("create", async () => {
    const made = await groups.beginCreateOrUpdateAndWait(place, name, web(), { updateIntervalInMs: 100 });
    return expect(
      made.provisioningState === "Succeeded" && made.ipAddress.ip && made.instanceView.state === "Running",
      `not running: ${JSON.stringify(made)}`,
    );
  });
  await passes("get", async () => {
    const got = await groups.get(place, name);
    const words = JSON.stringify(got);
    if (words.includes("hush")) return "a secret came back";
    return expect(
      got.type === "Microsoft.ContainerInstance/containerGroups" && got.containers.length === 2 &&
        got.containers[0].instanceView.currentState.state === "Running" &&
        got.ipAddress.fqdn?.startsWith("spillway-web.") && got.identity?.principalId,
      words,
    );
  });
  await passes("update tags", async () => {
    const got = await groups.update(place, name, { tags: { team: "red" } });
    return expect(got.tags.team === "red", JSON.stringify(got.tags));
  });
  await passes("create again, unchanged", async () => {
    const got = await groups.beginCreateOrUpdateAndWait(place, name, web({ team: "red" }), { updateIntervalInMs: 100 });
    return expect(got.containers[0].instanceView.restartCount === 0, "it restarted");
  });
  await refuses("update of cpu", 400, "InvalidContainerGroupUpdate", () => {
    const changed = web();
    changed.containers[0].resources.requests.cpu = 0.7;
    return groups.beginCreateOrUpdateAndWait(place, name, changed);
  });
  await passes("list by resource group", async () => {
    const found = await all(groups.listByResourceGroup(place));
    return expect(found.some((g) => g.name === name && !g.instanceView), JSON.stringify(found));
  });
  await passes("list in subscription", async () =>
    expect((await all(groups.list())).some((g) => g.name === name), "it is not listed"));
  await passes("logs", async () => {
    const { content } = await arm.containers.listLogs(place, name, "main", { tail: 5, timestamps: true });
    return expect(content.length > 0, "no logs");
  });
  await passes("outbound dependencies", async () => {
    const found = await groups.getOutboundNetworkDependenciesEndpoints(place, name);
    return expect(Array.isArray(found) || Array.isArray(found.body) || found.length !== 0, JSON.stringify(found));
  });
  await passes("exec: a shell that echoes", async () => {
    const made = await arm.containers.executeCommand(place, name, "main", {
      command: "/bin/sh",
      terminalSize: { rows: 24, cols: 80 },
    });
    const said = await converse(made.webSocketUri, [made.password, "echo hello\r", "exit\r"]);
    return expect(said.includes("\r\nhello\r\n"), JSON.stringify(said));
  });
  await passes("attach", async () => {
    const made = await arm.containers.attach(place, name, "main");
    return expect(made.webSocketUri.startsWith("wss://") && made.password, JSON.stringify(made));
  });
  await passes("restart", () => groups.beginRestartAndWait(place, name, { updateIntervalInMs: 100 }));
  await passes("wait for the restart", () => settled(groups, name, "Running"));
  await passes("stop", () => groups.stop(place, name));
  await passes("stopped", () => settled(groups, name, "Stopped"));
  await passes("start", () => groups.beginStartAndWait(place, name, { updateIntervalInMs: 100 }));
  await passes("wait for the start", () => settled(groups, name, "Running"));
  await passes("delete", () => groups.beginDeleteAndWait(place, name, { updateIntervalInMs: 100 }));
  await refuses("get after delete", 404, "ResourceNotFound", () => groups.get(place, name));
  await passes("delete again", () => groups.beginDeleteAndWait(place, name));
}

async function settled(groups, name, state) {
  let seen = "";
  for (let tries = 0; tries < 100 && seen !== state; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    seen = (await groups.get(place, name)).instanceView.state;
  }
  return expect(seen === state, `it is ${seen}`);
}

async function around(arm) {
  await passes("usages", async () => {
    const rows = await all(arm.location.listUsage("westeurope"));
    return expect(rows.some((r) => r.name.value === "ContainerGroups" && r.limit > 0), JSON.stringify(rows));
  });
  await passes("capabilities", async () =>
    expect((await all(arm.location.listCapabilities("westeurope"))).some((c) => c.osType === "Linux"), "no Linux"));
  await passes("cached images", async () =>
    expect((await all(arm.location.listCachedImages("westeurope"))).length > 0, "none"));
  await passes("operations of the provider", async () =>
    expect((await all(arm.operations.list())).length > 0, "none"));
  await passes("delete a subnet's association link", () =>
    arm.subnetServiceAssociationLink.beginDeleteAndWait(place, "net", "subnet", { updateIntervalInMs: 100 }));
}

async function errors() {
  const arm = new ContainerInstanceManagementClient(credential(), subscription, {
    endpoint: url,
    retryOptions: { maxRetries: 0 },
  });
  const groups = arm.containerGroups;
  await refuses("no such resource group", 404, "ResourceGroupNotFound", () => all(groups.listByResourceGroup("nowhere")));
  await refuses("no such group", 404, "ResourceNotFound", () => groups.get(place, "nothing"));
  await refuses("no such region", 400, "LocationNotAvailableForResourceType", () =>
    groups.beginCreateOrUpdateAndWait(place, "mars-1", { ...web(), location: "mars" }));
  await refuses("a bad name", 400, "InvalidContainerGroupName", () =>
    groups.beginCreateOrUpdateAndWait(place, "Bad--Name", web()));
  await refuses("no such subscription", 404, "SubscriptionNotFound", () =>
    all(new ContainerInstanceManagementClient(credential(), tenant, { endpoint: url }).containerGroups.list()));
  await passes("a wrong secret", async () => {
    const stranger = new ContainerInstanceManagementClient(credential("wrong"), subscription, { endpoint: url });
    const error = await all(stranger.containerGroups.list()).then(() => null, (e) => e);
    return expect(/AADSTS7000215/.test(String(error)), String(error));
  });
}

/** One request through the SDK's pipeline: its token, its headers, its retries. */
function asker(arm) {
  return async (method, path, version, body) => {
    const request = createPipelineRequest({
      url: `${url}${path}?api-version=${version}`,
      method,
      body: body && JSON.stringify(body),
      headers: createHttpHeaders(body ? { "Content-Type": "application/json" } : {}),
    });
    const answer = await arm.sendRequest(request);
    return { status: answer.status, body: answer.bodyAsText ? JSON.parse(answer.bodyAsText) : null };
  };
}

const options = { endpoint: url };
await life(new ContainerInstanceManagementClient(credential(), subscription, options), "sdk-default");
const newest = new ContainerInstanceManagementClient(credential(), subscription, { ...options, apiVersion: "2025-09-01" });
await life(newest, "sdk-newest");
await around(newest);
await aroundGroups(asker(newest), passes);
await errors();
process.exit(close());
