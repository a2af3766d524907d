#include "tests/emulator/help.hpp"

namespace spillway::emulator {

const std::string_view help_intro{
    R"(An emulator of Azure Container Instances: the Resource Manager contract on loopback, for tests
without Azure. Prints its URL on standard output once it is ready; ends on SIGTERM or Ctrl-C, and no
container process outlives it; containers of a Docker engine that a killed one left are removed by the
next.)"};

const std::string_view help_details{R"(
Examples:
  aci-emulator --listen 127.0.0.1:8080 --no-auth
  aci-emulator --listen 127.0.0.1:8443 --tls-cert cert.pem --tls-key key.pem --speed 10
  aci-emulator --backend process --config images.yaml --speed 5

First steps (with --no-auth; otherwise add -H "Authorization: Bearer TOKEN"):
  G=$URL/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/spillway/providers\
/Microsoft.ContainerInstance/containerGroups
  curl -X PUT "$G/web?api-version=2023-05-01" -H "Content-Type: application/json" -d '{"location": "eastus", "properties": {"osType": "Linux",
    "containers": [{"name": "web", "properties": {"image": "demo/web:1", "resources": {"requests":
    {"cpu": 1, "memoryInGB": 1.5}}, "ports": [{"port": 8000}]}}],
    "ipAddress": {"type": "Public", "ports": [{"port": 8000}]}}}'
  curl "$G/web?api-version=2023-05-01"

What is there from the start:
  tenant        11111111-1111-1111-1111-111111111111
  client        22222222-2222-2222-2222-222222222222 with the secret: emulator-secret
  subscription  00000000-0000-0000-0000-000000000000
  group         spillway (resource group)
  Tokens: POST $URL/TENANT/oauth2/v2.0/token  grant_type=client_credentials client_id client_secret
          scope=$URL/.default (or any other resource). The same host is the authority and Resource Manager.
          In place of the secret: client_assertion, signed (RS256, PS256) under a --client-cert, or any
          unexpired token for api://AzureADTokenExchange (workload identity; "clients" narrows it).
          AD FS style for command-line clients: $URL/adfs. Without a secret, as a VM or an App Service:
          $URL/metadata/identity/oauth2/token (AZURE_POD_IDENTITY_AUTHORITY_HOST=$URL) with Metadata: true;
          $URL/msi/token (IDENTITY_ENDPOINT) with X-IDENTITY-HEADER: emulator-identity (IDENTITY_HEADER),
          or by POST as in a Cloud Shell (MSI_ENDPOINT), with Metadata: true.

The Azure CLI (https; with a certificate of your own: REQUESTS_CA_BUNDLE=cert.pem, and for
container exec WEBSOCKET_CLIENT_CA_BUNDLE=cert.pem):
  az cloud register -n emu --endpoint-resource-manager $URL
  az cloud set -n emu
  az login --service-principal --tenant adfs -u 22222222-2222-2222-2222-222222222222 -p emulator-secret
Ansible (azure.azcollection): AZURE_CLOUD_ENVIRONMENT=$URL AZURE_AUTHORITY_HOST=$URL AZURE_TENANT=adfs,
with AZURE_CLIENT_ID, AZURE_SECRET, AZURE_SUBSCRIPTION_ID and REQUESTS_CA_BUNDLE as above.

What it answers:
  Microsoft.ContainerInstance  containerGroups (logs, exec and attach by WebSocket, events), profiles and
                revisions, usages, capabilities, cached images; every api-version that was published
  Microsoft.StandbyPool        standbyContainerGroupPools with runtimeViews/latest; a PUT of a group takes from one
  Microsoft.Compute            virtualMachineScaleSets: sku.capacity, instances with their start times, usages
  Microsoft.Resources          subscriptions, tenants, locations, providers, resource groups, resources, tags
  Microsoft.Authorization      role assignments (kept, binding nobody), locks; Microsoft.ManagedIdentity: identities
  $URL/api/retail/prices       the Retail Prices API; $URL/metadata/endpoints  where a client finds the rest

Backends:
  simulated     a group is an entry with an address in 127.42.0.0/16; nothing listens there
  process       a group is a real process on an address of its own; image names become commands in
                the config file; logs, exit codes, restarts and SIGTERM before SIGKILL are real

  docker        a group is real containers of a Docker engine (docker_host, $DOCKER_HOST or the usual
                socket), its ports published on an address of its own; images must be on the engine

Config file (YAML; every key is optional; durations in emulator seconds):
  images:                        # names may have * as a wildcard
    demo/web:1:
      command: [./workload, --listen, "{ip}:{port}"]   # also {group} {container} {region} {cpu} {memory_gb}
      environment: {MODE: demo}
      pull_seconds: 3            # or size_mb: 50
      run_seconds: 60            # simulated: ends by itself, with exit_code: 0, printing logs: [...]
      refuse: InaccessibleImage  # a PUT with this image is refused
      allow_command: false       # process: the request's own command may replace ours, and exec works
  start: {median_seconds: 25, sigma: 0.35, pull_mb_per_second: 50, give_up_seconds: 1800}
  limits: {groups_per_region: 100, cores_per_region: 100, creates_per_5_minutes: 100,
           creates_per_hour: 300, deletes_per_5_minutes: 100, deletes_per_hour: 300,
           vm_cores_per_region: 100, capacity_cores: 400, reads: [250, 25], writes: [200, 10], deletes: [200, 10]}
  lro_headers: both              # azure-async, location, neither
  delete_during_create: conflict # accept, or forget (answers 202 and lets the group live)
  synchronous_delete: false      # true: 200 with the group
  weather: {spot_evictions_per_hour: 0, moves_per_day: 0}   # each group, by itself, at random
  clients: [{tenant, id, secret, certificates: [FILE], federations: [{issuer, subject, audience, public_key: FILE}]}]
  identities: [{client_id, object_id, resource_id}]         # of the machine; identity_header of the app
  standby_seconds: 0 (a group out of a pool), vm_start_seconds: 60 (median)
  tenant, token_seconds, subscriptions, resource_groups, regions,
  api_versions, page_size, price_page_size, docker_host, addresses, delete_seconds, stop_grace_seconds (real time),
  retry_after_seconds, prices: {vcpu_second, gb_second, spot_factor}, and the options above.

Admin endpoint (JSON, no token):
  GET    /_emulator/state                 all groups, answers by operation and status, cost so far
  POST   /_emulator/reset                 no groups, no faults, full quotas
  POST   /_emulator/advance {"seconds": 60}             jump forward in time
  POST   /_emulator/groups/NAME/evict {"newAddress": true, "cause": "eviction"}   the platform takes the
                                          capacity of a Spot group back, or moves a group ("maintenance")
  POST   /_emulator/groups/NAME/crash {"exitCode": 1}   its containers die
  POST   /_emulator/revoke-tokens         every token issued so far is refused
  POST   /_emulator/faults {...}          arm a fault; GET lists, DELETE /_emulator/faults[/ID] removes

Faults: {"fault": KIND, which calls, how often, details}
  instead of the call   error (status, code, message, retryAfter), throttle (retryAfter or none), lost_request
  after the call        lost_answer, delay (seconds), truncated_body, garbage_body, oversize_body (bytes)
  groups                slow_create (seconds), stuck_create, failed_start (message, recoversAfter),
                        slow_delete (seconds), stuck_delete, capacity_refused, quota_exhausted (by region)
  the view              stale_list (seconds), clock_skew (seconds): until removed; lost_next_link: a page,
                        also of prices, says that it is the last one and is not
  Which calls: "method", "path" (* is a wildcard), "group", "region". How often: "count" (1 if left out; null:
  until removed), "probability" (0 to 1), "forSeconds".
  curl $URL/_emulator/faults -d '{"fault": "capacity_refused", "region": "eastus", "count": null}'
  curl $URL/_emulator/faults -d '{"fault": "throttle", "method": "PUT", "retryAfter": 7, "count": 3}'
  A storm of 429:  {"fault": "throttle", "count": null, "probability": 0.5, "forSeconds": 120}
  Done, not told:  {"fault": "lost_answer", "method": "PUT"}
  IMDS updating:   {"fault": "error", "path": "/metadata/*", "status": 410, "count": 3}

What a client really sends: --record FILE writes every request and answer, one JSON document a line.

Exit codes: 0 ended by a signal, 1 cannot serve, 2 wrong usage or config.
)"};

}  // namespace spillway::emulator
