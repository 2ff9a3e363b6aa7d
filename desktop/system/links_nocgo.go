//go:build darwin && !cgo

package system

import "errors"

// HandleURLs needs AppKit, and therefore cgo.
func HandleURLs(func(string)) {}

// Enabled is always false without cgo.
func (l Links) Enabled() (bool, error) { return false, nil }

// Set needs LaunchServices, and therefore cgo.
func (l Links) Set(bool) error {
	return errors.New("built without cgo, which links need on macOS")
}
