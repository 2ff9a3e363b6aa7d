package system

import "testing"

// isolate does nothing on Windows: the tests use the user's own registry and pipes.
func isolate(*testing.T) {}
