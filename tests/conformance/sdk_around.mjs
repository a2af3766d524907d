// What lies around container groups, for which the SDK has no operations: profiles, standby pools,
// a group out of a pool, scale sets. Sent through the SDK's own pipeline, so that the traffic is
// what a client sends; the validator judges it afterwards.

const place = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/spillway/providers/";
const profile = `${place}Microsoft.ContainerInstance/containerGroupProfiles/web`;
const pool = `${place}Microsoft.StandbyPool/standbyContainerGroupPools/warm`;
const group = `${place}Microsoft.ContainerInstance/containerGroups/from-pool`;
const set = `${place}Microsoft.Compute/virtualMachineScaleSets/vms`;
const aci = "2025-09-01";
const standby = "2025-10-01";
const compute = "2024-07-01";

const template = (image) => ({
  location: "westeurope",
  tags: { team: "blue" },
  properties: {
    osType: "Linux",
    containers: [
      { name: "main", properties: { image, resources: { requests: { cpu: 1, memoryInGB: 1.5 } }, ports: [{ port: 8000 }] } },
    ],
    ipAddress: { type: "Public", ports: [{ port: 8000, protocol: "TCP" }] },
  },
});

const stock = (count) => ({
  location: "westeurope",
  tags: {},
  properties: {
    elasticityProfile: { maxReadyCapacity: count, refillPolicy: "always", dynamicSizing: { enabled: false } },
    containerGroupProperties: { containerGroupProfile: { id: profile, revision: 1 } },
    zones: ["1", "2"],
  },
});

/** `ask(method, path, version, body)` resolves to `{status, body}`; `passes` notes one operation. */
export async function around(ask, passes) {
  const expect = (answer, status, condition = true) =>
    answer.status === status && condition ? undefined : `${answer.status} ${JSON.stringify(answer.body)}`;
  const step = (name, status, method, path, version, body, holds = () => true) =>
    passes(name, async () => {
      const answer = await ask(method, path, version, body);
      return expect(answer, status, holds(answer.body));
    });

  await step("create a profile", 201, "PUT", profile, aci, template("demo/web:1"), (b) => b.properties.revision === 1);
  await step("revise it", 200, "PUT", profile, aci, template("demo/web:2"), (b) => b.properties.revision === 2);
  await step("get it", 200, "GET", profile, aci);
  await step("tag it", 200, "PATCH", profile, aci, { tags: { team: "red" } });
  await step("list its revisions", 200, "GET", `${profile}/revisions`, aci, undefined, (b) => b.value.length === 2);
  await step("get a revision", 200, "GET", `${profile}/revisions/1`, aci);
  await step("no such revision", 404, "GET", `${profile}/revisions/9`, aci);
  await step("list profiles", 200, "GET", profile.replace(/\/web$/, ""), aci);

  await step("create a pool", 201, "PUT", pool, standby, stock(2));
  await step("get it", 200, "GET", pool, standby);
  await step("list pools", 200, "GET", pool.replace(/\/warm$/, ""), standby);
  await step("its stock", 200, "GET", `${pool}/runtimeViews/latest`, standby);
  await passes("wait for the stock", async () => {
    for (let tries = 0; tries < 100; tries += 1) {
      const { body } = await ask("GET", `${pool}/runtimeViews`, standby);
      const counts = body.value[0].properties.instanceCountSummary.map((z) => z.instanceCountsByState);
      if (counts.flat().filter((c) => c.state === "Running" && c.count === 1).length === 2) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return "it never filled";
  });
  const taken = {
    location: "westeurope",
    properties: {
      containerGroupProfile: { id: profile, revision: 1 },
      standbyPoolProfile: { id: pool, failContainerGroupCreateOnReuseFailure: true },
      containers: [{ name: "main", properties: { configMap: { keyValuePairs: { key: "value" } } } }],
    },
  };
  await step("take a group out of it", 201, "PUT", group, aci, taken, (b) => b.properties.isCreatedFromStandbyPool);
  await step("it runs at once", 200, "GET", group, aci, undefined, (b) => b.properties.instanceView.state === "Running");
  await step("resize the pool", 200, "PATCH", pool, standby, { properties: { elasticityProfile: { maxReadyCapacity: 0 } } });
  await step("an empty pool refuses", 409, "PUT", `${group}-2`, aci, taken);
  await step("delete the group", 202, "DELETE", group, aci);
  await step("delete the pool", 202, "DELETE", pool, standby);
  await step("its profile cannot go before it", 409, "DELETE", profile, aci);

  const machines = { location: "westeurope", sku: { name: "Standard_D2s_v5", capacity: 1 }, properties: {} };
  await step("create a scale set", 201, "PUT", set, compute, machines);
  await step("resize it", 200, "PATCH", set, compute, { sku: { capacity: 3 } }, (b) => b.sku.capacity === 3);
  await step("its instances", 200, "GET", `${set}/virtualMachines`, compute, undefined, (b) => b.value.length === 3);
  await step("delete it", 202, "DELETE", set, compute);
}
