package cmd

import "traybell/hub/config"

type schema struct{}

// Run prints the JSON Schema of hub.yml.
func (schema) Run(to streams) error {
	_, err := to.out.Write(config.Schema())
	return err
}
