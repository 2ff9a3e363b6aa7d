//go:build windows || darwin

package platform

import "log"

// LogTo says where libraries below hosts write what they have to tell. Here there are none that do.
func LogTo(*log.Logger) {}
