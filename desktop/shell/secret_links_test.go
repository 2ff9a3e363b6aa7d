package shell

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"traybell/assets/translations"
)

// An administrator who writes a password into a link is told that this is refused; the log, which
// is sent to whoever helps, must not keep it.
func TestWhatALinkSaysIsNotWrittenIntoTheLog(t *testing.T) {
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"traybell://join?server=hub.example.com&password=geheim", "traybell://join?password=geheim",
		"traybell://anna:geheim@join?server=hub.example.com",
		"ftp://anna:geheim@hub.example.com",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		s := &shell{ctx: ctx, todo: make(chan func(), 8), texts: texts, log: slog.New(slog.NewTextHandler(&log, nil))}
		s.openURL(address)
		cancel()
		if log.Len() == 0 || bytes.Contains(log.Bytes(), []byte("geheim")) {
			t.Errorf("%s: the log says %q", address, log.String())
		}
		if len(s.todo) == 0 {
			t.Errorf("%s: nobody is told", address)
		}
	}
}
