"""Azure's Python SDK (Debian: python3-azure) against the emulator. `python_sdk.py URL`.

Needs REQUESTS_CA_BUNDLE for the emulator's certificate. Exit code 77 without the SDK. Its credential
validates authorities at a public host, so the token is fetched here, as a user of AD FS would.
"""

import json
import os
import sys
import time
import unittest.mock
import urllib.parse
import urllib.request

try:
    from azure.core.credentials import AccessToken
    from azure.core.exceptions import HttpResponseError
    from azure.mgmt.containerinstance import ContainerInstanceManagementClient
    from azure.mgmt.containerinstance import models
    from azure.mgmt.resource import ResourceManagementClient, SubscriptionClient
except ImportError as error:
    print(f"SKIPPED: no Python SDK ({error}): apt-get install python3-azure")
    sys.exit(77)

URL = sys.argv[1]
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
PLACE = "spillway"
passed = failed = 0


class Secret:
    """A credential as the SDK wants one."""

    def get_token(self, *scopes, **_):
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials",
            "client_id": "22222222-2222-2222-2222-222222222222",
            "client_secret": "emulator-secret",
            "scope": " ".join(scopes),
        }).encode()
        with urllib.request.urlopen(f"{URL}/adfs/oauth2/token", form, timeout=20) as answer:
            token = json.load(answer)
        return AccessToken(token["access_token"], int(time.time()) + int(token["expires_in"]))


def passes(name, operation):
    global passed, failed
    try:
        problem = operation()
    except Exception as error:  # pylint: disable=broad-except
        problem = f"{type(error).__name__}: {error}"
    if isinstance(problem, str):
        failed += 1
        print(f"FAILED: {name}: {problem[:500]}")
    else:
        passed += 1


def refuses(name, code, operation):
    def check():
        try:
            operation()
        except HttpResponseError as error:
            told = error.error.code if error.error else str(error)
            return None if told == code else f"expected {code}, got {told}"
        return "it was accepted"
    passes(name, check)


def web():
    return models.ContainerGroup(
        location="westeurope",
        os_type="Linux",
        restart_policy="OnFailure",
        ip_address=models.IpAddress(type="Public", ports=[models.Port(port=8000)]),
        containers=[models.Container(
            name="main",
            image="demo/web:1",
            ports=[models.ContainerPort(port=8000)],
            environment_variables=[models.EnvironmentVariable(name="KEY", secure_value="hush")],
            resources=models.ResourceRequirements(
                requests=models.ResourceRequests(cpu=1, memory_in_gb=1.5)),
        )],
    )


def expect(condition, words):
    return None if condition else str(words)


options = {"base_url": URL, "credential_scopes": [f"{URL}/.default"], "polling_interval": 0.1}
arm = ContainerInstanceManagementClient(Secret(), SUBSCRIPTION, **options)
resources = ResourceManagementClient(Secret(), SUBSCRIPTION, **options)
subscriptions = SubscriptionClient(Secret(), **options)
groups = arm.container_groups

passes("list subscriptions", lambda: expect(
    [s.subscription_id for s in subscriptions.subscriptions.list()] == [SUBSCRIPTION], "another"))
passes("list tenants", lambda: expect(list(subscriptions.tenants.list()), "none"))
passes("list locations", lambda: expect(
    list(subscriptions.subscriptions.list_locations(SUBSCRIPTION)), "none"))
passes("provider is registered", lambda: expect(
    resources.providers.get("Microsoft.ContainerInstance").registration_state == "Registered", "no"))
passes("register a provider", lambda: expect(
    resources.providers.register("Microsoft.StandbyPool").registration_state == "Registered", "no"))
passes("create a resource group", lambda: expect(
    resources.resource_groups.create_or_update("py", {"location": "eastus"}).name == "py", "no"))
passes("it exists", lambda: expect(resources.resource_groups.check_existence("py") is True, "no"))
passes("tag it", lambda: expect(
    resources.resource_groups.update("py", {"tags": {"a": "b"}}).tags == {"a": "b"}, "no"))
passes("find it by tag", lambda: expect(
    [g.name for g in resources.resource_groups.list(filter="tagName eq 'a' and tagValue eq 'b'")] == ["py"],
    "no"))
passes("create", lambda: expect(
    groups.begin_create_or_update("py", "web-1", web()).result().instance_view.state == "Running", "not running"))
passes("get", lambda: expect(
    groups.get("py", "web-1").containers[0].environment_variables[0].secure_value is None, "a secret"))
passes("list", lambda: expect([g.name for g in groups.list_by_resource_group("py")] == ["web-1"], "no"))
passes("list all", lambda: expect("web-1" in [g.name for g in groups.list()], "no"))
passes("list as resources", lambda: expect(
    [r.name for r in resources.resources.list_by_resource_group(
        "py", filter="resourceType eq 'Microsoft.ContainerInstance/containerGroups'")] == ["web-1"], "no"))
passes("update tags", lambda: expect(
    groups.update("py", "web-1", models.Resource(tags={"x": "y"})).tags == {"x": "y"}, "no"))
passes("logs", lambda: expect(arm.containers.list_logs("py", "web-1", "main", tail=3).content, "none"))
passes("exec", lambda: expect(
    arm.containers.execute_command("py", "web-1", "main", models.ContainerExecRequest(
        command="sh", terminal_size=models.ContainerExecRequestTerminalSize(rows=1, cols=1))).password, "no"))
passes("stop", lambda: groups.stop("py", "web-1"))
passes("start", lambda: groups.begin_start("py", "web-1").result())
passes("usages", lambda: expect(list(arm.location.list_usage("westeurope")), "none"))
passes("capabilities", lambda: expect(list(arm.location.list_capabilities("westeurope")), "none"))
refuses("a bad name", "InvalidContainerGroupName", lambda: groups.begin_create_or_update("py", "Bad", web()))
passes("delete", lambda: groups.begin_delete("py", "web-1").result() and None)
refuses("get after delete", "ResourceNotFound", lambda: groups.get("py", "web-1"))
passes("delete the resource group", lambda: resources.resource_groups.begin_delete("py").result())
passes("it is gone", lambda: expect(resources.resource_groups.check_existence("py") is False, "no"))



def identities():
    """Debian's azure-identity, ADAL and msrestazure, with what makes them believe our authority."""
    try:
        from azure.identity import ClientSecretCredential, ManagedIdentityCredential
        import adal
        from msrestazure.azure_active_directory import MSIAuthentication
    except ImportError:
        return
    client, secret = "22222222-2222-2222-2222-222222222222", "emulator-secret"
    scope = f"{URL}/.default"
    passes("azure-identity: the tenant adfs", lambda: expect(
        ClientSecretCredential("adfs", client, secret, authority=URL).get_token(scope).token, "none"))
    for name, variables in {
        "machine": {"AZURE_POD_IDENTITY_AUTHORITY_HOST": URL},
        "app": {"IDENTITY_ENDPOINT": f"{URL}/msi/token", "IDENTITY_HEADER": "emulator-identity"},
        "cloud shell": {"MSI_ENDPOINT": f"{URL}/msi/token"},
    }.items():
        with unittest.mock.patch.dict(os.environ, variables):
            passes(f"azure-identity: managed identity, {name}", lambda: expect(
                ManagedIdentityCredential().get_token(scope).expires_on > time.time() + 3000, "it expires"))
    with unittest.mock.patch.dict(os.environ, {"MSI_ENDPOINT": f"{URL}/msi/token"}):
        passes("msrestazure: managed identity", lambda: expect(
            MSIAuthentication(resource=f"{URL}/").token["access_token"], "none"))
    authority = adal.AuthenticationContext(
        f"{URL}/11111111-1111-1111-1111-111111111111", validate_authority=False)
    passes("ADAL: secret", lambda: expect(
        authority.acquire_token_with_client_credentials(f"{URL}/", client, secret)["accessToken"], "none"))


identities()
print(f"checks: {passed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
