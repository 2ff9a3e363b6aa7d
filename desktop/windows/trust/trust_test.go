package trust

import (
	"context"
	"errors"
	"testing"

	"traybell/assets/translations"
	"traybell/desktop/ui"
)

func newWindow(t *testing.T, do func(func()), refused func(server, fingerprint string)) *Window {
	t.Helper()
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	none := func() error { return errors.New("no display") }
	return New(texts, ui.NewWindows(nil, none, func(error) {}), do, refused, nil)
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
