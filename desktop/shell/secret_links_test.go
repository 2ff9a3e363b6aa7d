package shell

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/desktop/shell/display"
	"traybell/desktop/shell/loop"
	"traybell/desktop/ui"
)

// A link with a password is refused and not logged, as the log is sent to support.
func TestLogHasNoLink(t *testing.T) {
	for _, address := range []string{
		"traybell://join?server=hub.example.com&password=geheim", "traybell://join?password=geheim",
		"traybell://anna:geheim@join?server=hub.example.com",
		"ftp://anna:geheim@hub.example.com",
	} {
		var log bytes.Buffer
		s, owner := lone(t, settings.Own{}), loop.New[state](t.Context(), 8)
		for range 2 {
			s.pace.Do(nil, time.Hour, func() {}) // nothing is shown within the hour
		}
		s.post = owner.Do
		go owner.Run(s)
		w := newWindows(slog.New(slog.NewTextHandler(&log, nil)), s.texts, port{
			owner: owner, display: &display.Display{Windows: &ui.Windows{}},
		})
		w.openURL(address)
		if log.Len() == 0 || bytes.Contains(log.Bytes(), []byte("geheim")) {
			t.Errorf("%s: the log says %q", address, log.String())
		}
		warned := 0
		owner.Ask(func(s *state) { warned = len(s.notices.Cards()) })
		if warned != 1 {
			t.Errorf("%s: %d warnings", address, warned)
		}
	}
}
