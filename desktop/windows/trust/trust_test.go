package trust

import (
	"context"
	"testing"

	"traybell/desktop/ui"
	"traybell/desktop/ui/uitest"
)

func newWindow(t *testing.T, do func(func()), refused func(server, fingerprint string)) *Window {
	t.Helper()
	texts := uitest.English(t)
	return New(texts, ui.NewWindows(nil, func() {}), do, refused, nil)
}

// Without a window nothing is trusted.
func TestAskWithoutWindow(t *testing.T) {
	var got string
	w := newWindow(t, func(f func()) { f() }, func(server, fingerprint string) { got = server + " " + fingerprint })
	if w.Ask(t.Context(), "hub", "AA:BB") || got != "hub AA:BB" {
		t.Errorf("refused %q", got)
	}
}

// A connection that ends does not wait for the answer.
func TestAskEndsWithConnection(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if newWindow(t, func(func()) {}, nil).Ask(ctx, "hub", "AA:BB") {
		t.Error("trusted")
	}
}
