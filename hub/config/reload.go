package config

import (
	"slices"
	"strings"
)

// untilRestart are the keys that a running hub cannot change.
var untilRestart = []string{"listen", "data_dir", "tls.mode", "database", "log.format"}

// After returns what a running hub can apply: this configuration with the running values of the
// keys that need a restart, and those of the keys that differ.
func (c *Config) After(running *Config) (next *Config, waiting []string) {
	n := *c
	for _, key := range Changed(running, c) {
		if slices.ContainsFunc(untilRestart, func(k string) bool { return key == k || strings.HasPrefix(key, k+".") }) {
			waiting = append(waiting, key)
		}
	}
	n.Listen, n.DataDir, n.Database = running.Listen, running.DataDir, running.Database
	n.Log.Format = running.Log.Format
	if slices.Contains(waiting, "tls.mode") {
		n.TLS = running.TLS // cert and key belong to the mode
	}
	return &n, waiting
}
