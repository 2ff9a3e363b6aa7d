package config

import (
	"reflect"
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

// Changed returns the keys in which two configurations differ, in the order of hub.yml; lists and
// maps count as a whole: "agents", "log.folder".
func Changed(a, b *Config) []string {
	return changed(reflect.ValueOf(*a), reflect.ValueOf(*b), "")
}

func changed(a, b reflect.Value, key string) []string {
	if a.Kind() != reflect.Struct || a.Type() == secretType {
		if reflect.DeepEqual(a.Interface(), b.Interface()) {
			return nil
		}
		return []string{key}
	}
	var keys []string
	for i := range a.NumField() {
		switch name := a.Type().Field(i).Tag.Get("yaml"); name {
		case "":
		case inline:
			keys = append(keys, changed(a.Field(i), b.Field(i), key)...)
		default:
			keys = append(keys, changed(a.Field(i), b.Field(i), join(key, name))...)
		}
	}
	return keys
}
