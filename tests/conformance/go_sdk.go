// Azure's Go SDK (Debian: golang-github-azure-azure-sdk-for-go-dev) against the emulator: what
// Terraform and Virtual Kubelet were built on. `go_sdk URL CERTIFICATE KEY`: the client's, which it
// may sign with. Needs SSL_CERT_FILE for the emulator's certificate. Prints what failed and a
// `checks:` line.
package main

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	ci "github.com/Azure/azure-sdk-for-go/services/containerinstance/mgmt/2021-10-01/containerinstance"
	"github.com/Azure/go-autorest/autorest"
	"github.com/Azure/go-autorest/autorest/adal"
	"github.com/Azure/go-autorest/autorest/azure"
	"github.com/Azure/go-autorest/autorest/to"
)

const (
	subscription = "00000000-0000-0000-0000-000000000000"
	tenant       = "11111111-1111-1111-1111-111111111111"
	client       = "22222222-2222-2222-2222-222222222222"
	place        = "spillway"
	name         = "gogroup"
)

var passed, failed int

func passes(what string, err error) bool {
	if err != nil {
		failed++
		fmt.Printf("FAILED: %s: %v\n", what, err)
		return false
	}
	passed++
	return true
}

// The error unless `ok` holds.
func expect(ok bool, words string, args ...interface{}) error {
	if ok {
		return nil
	}
	return fmt.Errorf(words, args...)
}

type waitable interface {
	WaitForCompletionRef(context.Context, autorest.Client) error
}

func usualGroup() ci.ContainerGroup {
	return ci.ContainerGroup{
		Location: to.StringPtr("eastus"),
		Tags:     map[string]*string{"team": to.StringPtr("blue")},
		ContainerGroupProperties: &ci.ContainerGroupProperties{
			OsType:        ci.OperatingSystemTypesLinux,
			RestartPolicy: ci.ContainerGroupRestartPolicyAlways,
			Containers: &[]ci.Container{{
				Name: to.StringPtr("main"),
				ContainerProperties: &ci.ContainerProperties{
					Image: to.StringPtr("demo/web:1"),
					Ports: &[]ci.ContainerPort{{Port: to.Int32Ptr(80), Protocol: ci.ContainerNetworkProtocolTCP}},
					EnvironmentVariables: &[]ci.EnvironmentVariable{
						{Name: to.StringPtr("MODE"), Value: to.StringPtr("burst")},
						{Name: to.StringPtr("TOKEN"), SecureValue: to.StringPtr("hidden")},
					},
					Resources: &ci.ResourceRequirements{
						Requests: &ci.ResourceRequests{CPU: to.Float64Ptr(1), MemoryInGB: to.Float64Ptr(1.5)},
					},
					LivenessProbe: &ci.ContainerProbe{
						HTTPGet:       &ci.ContainerHTTPGet{Path: to.StringPtr("/"), Port: to.Int32Ptr(80), Scheme: ci.SchemeHTTP},
						PeriodSeconds: to.Int32Ptr(10),
					},
				},
			}},
			IPAddress: &ci.IPAddress{
				Type:  ci.ContainerGroupIPAddressTypePublic,
				Ports: &[]ci.Port{{Port: to.Int32Ptr(80), Protocol: ci.ContainerGroupNetworkProtocolTCP}},
			},
		},
	}
}

// Stop and start answer before the group is settled; the SDK's own pollers wait elsewhere.
func settled(ctx context.Context, groups ci.ContainerGroupsClient, state string) error {
	for i := 0; i < 100; i++ {
		group, err := groups.Get(ctx, place, name)
		if err != nil {
			return err
		}
		if *group.ProvisioningState == "Succeeded" && *group.InstanceView.State == state {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the group did not become %s", state)
}

// A token for the client that signs with this key.
func signIn(config adal.OAuthConfig, certificate, key, resource string) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return err
	}
	shown, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return err
	}
	token, err := adal.NewServicePrincipalTokenFromCertificate(
		config, client, shown, pair.PrivateKey.(*rsa.PrivateKey), resource)
	if err != nil {
		return err
	}
	return token.Refresh()
}

func main() {
	url := os.Args[1]
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	config, err := adal.NewOAuthConfig(url, tenant)
	if !passes("authority", err) {
		os.Exit(1)
	}
	token, err := adal.NewServicePrincipalToken(*config, client, "emulator-secret", url)
	if !passes("principal", err) {
		os.Exit(1)
	}
	passes("certificate", signIn(*config, os.Args[2], os.Args[3], url))
	authorizer := autorest.NewBearerAuthorizer(token)
	groups := ci.NewContainerGroupsClientWithBaseURI(url, subscription)
	groups.Authorizer = authorizer
	groups.PollingDelay = 200 * time.Millisecond
	containers := ci.NewContainersClientWithBaseURI(url, subscription)
	containers.Authorizer = authorizer
	region := ci.NewLocationClientWithBaseURI(url, subscription)
	region.Authorizer = authorizer
	operations := ci.NewOperationsClientWithBaseURI(url, subscription)
	operations.Authorizer = authorizer
	wait := func(what string, future waitable, err error) bool {
		return passes(what, err) && passes(what+": its end", future.WaitForCompletionRef(ctx, groups.Client))
	}

	created, err := groups.CreateOrUpdate(ctx, place, name, usualGroup())
	if wait("create", &created, err) {
		made, err := created.Result(groups)
		passes("create: the group", err)
		passes("create: its state", expect(made.ProvisioningState != nil && *made.ProvisioningState == "Succeeded",
			"it is %v", to.String(made.ProvisioningState)))
	}
	group, err := groups.Get(ctx, place, name)
	if passes("get", err) {
		passes("get: it runs", expect(*group.InstanceView.State == "Running" && group.IPAddress.IP != nil,
			"it is %s", *group.InstanceView.State))
		for _, variable := range *(*group.Containers)[0].EnvironmentVariables {
			passes("get: no secret", expect(variable.SecureValue == nil, "%s is shown", *variable.Name))
		}
		for _, event := range *(*group.Containers)[0].InstanceView.Events {
			passes("get: instants of events", expect(event.FirstTimestamp != nil, "%s has none", *event.Name))
		}
		// As Terraform does: what was read is sent again.
		again, err := groups.CreateOrUpdate(ctx, place, name, group)
		wait("what was read is written", &again, err)
	}
	_, err = groups.Update(ctx, place, name, ci.Resource{Tags: map[string]*string{"team": to.StringPtr("red")}})
	passes("tags", err)
	listed, err := groups.ListComplete(ctx)
	found := 0
	for err == nil && listed.NotDone() {
		found++
		err = listed.NextWithContext(ctx)
	}
	passes("list", err)
	passes("list: the group", expect(found >= 1, "there is none"))
	_, err = groups.ListByResourceGroupComplete(ctx, place)
	passes("list of a resource group", err)
	logs, err := containers.ListLogs(ctx, place, name, "main", to.Int32Ptr(10), to.BoolPtr(true))
	if passes("logs", err) {
		passes("logs: text", expect(logs.Content != nil, "there is none"))
	}
	request := ci.ContainerExecRequest{
		Command:      to.StringPtr("/bin/sh"),
		TerminalSize: &ci.ContainerExecRequestTerminalSize{Rows: to.Int32Ptr(24), Cols: to.Int32Ptr(80)},
	}
	shell, err := containers.ExecuteCommand(ctx, place, name, "main", request)
	if passes("exec", err) {
		passes("exec: the door", expect(shell.WebSocketURI != nil && shell.Password != nil, "there is none"))
	}
	_, err = containers.Attach(ctx, place, name, "main")
	passes("attach", err)
	_, err = groups.GetOutboundNetworkDependenciesEndpoints(ctx, place, name)
	passes("outbound dependencies", err)
	restarted, err := groups.Restart(ctx, place, name)
	wait("restart", &restarted, err)
	passes("restart: it runs", settled(ctx, groups, "Running"))
	_, err = groups.Stop(ctx, place, name)
	passes("stop", err)
	passes("stop: it has stopped", settled(ctx, groups, "Stopped"))
	started, err := groups.Start(ctx, place, name)
	wait("start", &started, err)
	passes("start: it runs", settled(ctx, groups, "Running"))
	deleted, err := groups.Delete(ctx, place, name)
	wait("delete", &deleted, err)
	gone, err := groups.Get(ctx, place, name)
	passes("what is gone is not found", expect(err != nil && gone.StatusCode == 404, "%d", gone.StatusCode))
	_, err = groups.Delete(ctx, place, name)
	passes("delete what is gone", err)

	empty := usualGroup()
	empty.Containers = &[]ci.Container{}
	_, err = groups.CreateOrUpdate(ctx, place, "empty", empty)
	detailed, ok := err.(autorest.DetailedError)
	service, isService := detailed.Original.(*azure.ServiceError)
	passes("a refusal is read", expect(ok && isService && service.Code != "", "%v", err))

	usages, err := region.ListUsage(ctx, "eastus")
	if passes("usages", err) {
		passes("usages: rows", expect(len(*usages.Value) > 0, "there are none"))
	}
	_, err = region.ListCachedImagesComplete(ctx, "eastus")
	passes("cached images", err)
	_, err = region.ListCapabilitiesComplete(ctx, "eastus")
	passes("capabilities", err)
	_, err = operations.ListComplete(ctx)
	passes("operations", err)

	fmt.Printf("checks: %d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
