//go:build windows || darwin

package platform

import "log"

// LogTo sets the log of the libraries below hosts. Here they log nothing.
func LogTo(*log.Logger) {}
