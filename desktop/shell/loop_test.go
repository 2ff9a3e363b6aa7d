package shell

import (
	"log/slog"
	"testing"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/model"
)

// A hub that tells a flood of missed calls fills the shell's queue, and each of them has the shell
// ask for the missed ones: it must not wait for room in the queue that it alone empties.
func TestTheShellDoesNotWaitForItself(t *testing.T) {
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{
		ctx: t.Context(), todo: make(chan func()), terminal: model.New(), texts: texts,
		log: slog.New(slog.DiscardHandler), stage: stage{loop: newBackground()},
	}
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		s.askMissed()
		s.askCalls("", false)
	}()
	select {
	case <-asked:
	case <-time.After(10 * time.Second):
		t.Fatal("it waits")
	}
	if s.earlier.loading || s.earlier.failure == "" {
		t.Errorf("without a hub the window of calls says %q", s.earlier.failure)
	}
}
