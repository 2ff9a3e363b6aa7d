package shell

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/desktop/shell/loop"
	"traybell/desktop/shell/preferences"
	"traybell/desktop/shell/session"
	"traybell/desktop/ui/uitest"
)

// lone is a state without hub, screen and windows. Its owner does not run, and its queue is full.
func lone(t *testing.T, own settings.Own) *state {
	t.Helper()
	texts := uitest.English(t)
	file := settings.In(t.TempDir())
	if err := file.Save(own); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	p, err := preferences.Load(file, preferences.Flags{}, log)
	if err != nil {
		t.Fatal(err)
	}
	owner := loop.New[state](t.Context(), 0)
	front := loop.On(loop.NewBackground().Do, &windows{})
	return newState(session.Config{Context: t.Context(), Log: log, Texts: texts, Post: owner.Do}, p, front,
		func(context.Context, string, string) bool { return false })
}

// A flood of missed calls fills the queue, and each requests the missed calls: the state must not
// wait for room in the queue that only it drains.
func TestStateDoesNotWaitForItself(t *testing.T) {
	s := lone(t, settings.Own{})
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		s.missed.Ask()
		s.earlier.Search("", false)
	}()
	select {
	case <-asked:
	case <-time.After(10 * time.Second):
		t.Fatal("it waits")
	}
	if page := s.earlier.Page(); page.Loading || page.Failure == "" {
		t.Errorf("without a hub the window of calls has %+v", page)
	}
}
