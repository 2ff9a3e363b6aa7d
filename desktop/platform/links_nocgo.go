//go:build darwin && !cgo

package platform

import "errors"

// HearURLs needs AppKit, and that needs cgo.
func HearURLs(func(string)) {}

// Enabled is always false: nothing can be asked without cgo.
func (l Links) Enabled() (bool, error) { return false, nil }

// Set needs LaunchServices, and that needs cgo.
func (l Links) Set(bool) error {
	return errors.New("this program was built without cgo, which links on macOS need")
}
