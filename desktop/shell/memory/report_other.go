//go:build !unix

package memory

import (
	"context"
	"log/slog"
)

// Report does nothing: there is no signal for it.
func Report(context.Context, *slog.Logger) {}
