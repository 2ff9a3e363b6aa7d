package cmd

import "fmt"

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(version build, to streams) error {
	_, err := fmt.Fprintln(to.out, "traybell-hub", version)
	return err
}
