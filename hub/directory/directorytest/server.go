package directorytest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"traybell/hub/directory"
	"traybell/hub/remote"
	"traybell/shared/protocol"
)

// Stalls checks that a read from a Mute server ends, and that it can be cancelled. stall sets the
// time after which the source gives up.
func Stalls(t testing.TB, source directory.Source, stall *time.Duration) {
	t.Helper()
	none := func(protocol.Customer) { t.Error("a customer was added") }
	*stall = 50 * time.Millisecond
	var stalled *remote.StallError
	if err := source.Read(t.Context(), none, nil); !errors.As(err, &stalled) ||
		!strings.Contains(err.Error(), "sent nothing for 50ms") {
		t.Errorf("%s: %v", source.Name(), err)
	}
	*stall = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := source.Read(ctx, none, nil); err == nil || ctx.Err() == nil {
		t.Errorf("%s: %v", source.Name(), err)
	}
}

// Refuses checks the key and the text of the error for wrong options, whose password is hunter2.
func Refuses(t testing.TB, key, words string, err error) {
	t.Helper()
	var option *remote.OptionError
	if !errors.As(err, &option) || option.Key != key || !strings.Contains(err.Error(), words) {
		t.Errorf("%v; want %s with %q", err, key, words)
	}
	if err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error has the password: %v", err)
	}
}
