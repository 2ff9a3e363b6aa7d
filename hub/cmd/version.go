package cmd

import "traybell/shared/printable"

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(version build, to streams) error {
	_, err := printable.Fprintf(to.out, "traybell-hub %s\n", version)
	return err
}
