// Command istio is three programs in one, chosen by the name it is called by, so that what they share is linked once:
// pilot-discovery (istiod), pilot-agent and istioctl. Each does what its own main does.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/KimMachineGun/automemlimit"
	meshconfig "istio.io/api/mesh/v1alpha1"
	istioctl "istio.io/istio/istioctl/cmd"
	agent "istio.io/istio/pilot/cmd/pilot-agent/app"
	discovery "istio.io/istio/pilot/cmd/pilot-discovery/app"
	istioagent "istio.io/istio/pkg/istio-agent"
	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/security"
	"istio.io/istio/security/pkg/nodeagent/sds"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
)

func main() {
	name := filepath.Base(os.Args[0])
	log.EnableKlogWithCobra()
	var err error
	switch name {
	case "pilot-discovery":
		err = discovery.NewRootCommand().Execute()
	case "pilot-agent":
		err = agent.NewRootCommand(newSDS).Execute()
	case "istioctl":
		if err = istioctl.ConfigAndEnvProcessing(); err == nil {
			err = istioctl.GetRootCmd(os.Args[1:]).Execute()
		} else {
			fmt.Fprintln(os.Stderr, err)
		}
	default:
		fmt.Fprintln(os.Stderr, name, "is none of pilot-discovery, pilot-agent, istioctl")
		os.Exit(2)
	}
	if err != nil {
		os.Exit(istioctl.GetExitCode(err))
	}
}

func newSDS(options *security.Options, secrets security.SecretManager, keys *meshconfig.PrivateKeyProvider) istioagent.SDSService {
	return sds.NewServer(options, secrets, keys)
}
