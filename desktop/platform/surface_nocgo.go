//go:build darwin && !cgo

package platform

import "fmt"

// NewHost needs AppKit, and therefore cgo.
func NewHost(Options) (Host, error) {
	return nil, fmt.Errorf("%w: built without cgo, which popups need on macOS", ErrNoDisplay)
}
