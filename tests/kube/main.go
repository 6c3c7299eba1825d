// The Kubernetes API server and kubectl in one program, which takes after the
// name that it is called by. tests/lib/kube.sh runs it.
package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"

	_ "k8s.io/client-go/plugin/pkg/client/auth"
)

func main() {
	var command *cobra.Command
	if filepath.Base(os.Args[0]) == "kubectl" {
		command = kubectl.NewDefaultKubectlCommand()
	} else {
		command = app.NewAPIServerCommand()
	}
	os.Exit(cli.Run(command))
}
