//go:build darwin && !cgo

package platform

import "fmt"

// NewHost needs AppKit, and that needs cgo.
func NewHost(Options) (Host, error) {
	return nil, fmt.Errorf("%w: this program was built without cgo, which popups on macOS need", ErrNoDisplay)
}
