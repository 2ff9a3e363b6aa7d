package calls

import (
	"context"
	"slices"
	"strings"
	"time"

	"traybell/hub/ami"
	"traybell/shared/protocol"
)

// Standing is how things are with a PBX: its state as it was told, and what was found out about it.
type Standing struct {
	protocol.PBX
	Since    time.Time     // of the state
	Manager  string        // version of the manager protocol; empty while nothing was ever heard
	Asterisk string        // Asterisk's version; empty where the manager user may not ask for it
	Rights   []ami.Finding // what the manager user may do, as far as it showed; empty before the first session
}

// Standing tells how things are now. Any goroutine may ask.
func (w *Watcher) Standing() Standing {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.standing
	s.Rights = slices.Clone(s.Rights)
	return s
}

// Again asks for an attempt to connect now: see ami.Client.Again. Any goroutine may call it.
func (w *Watcher) Again() { w.client.Again() }

// tell tells a state that is new.
func (w *Watcher) tell(state protocol.PBXState, reason string) {
	now := protocol.PBX{ID: w.cfg.PBX, State: state, Reason: reason}
	w.mu.Lock()
	same := w.standing.PBX == now
	if !same {
		if w.standing.State != state {
			w.standing.Since = w.cfg.Now()
		}
		w.standing.PBX = now
	}
	w.mu.Unlock()
	if !same {
		w.cfg.OnState(now)
	}
}

// hearing is the right that no action tells: an event shows it.
var hearing = ami.Finding{Need: "hearing of calls", Right: "read = call", Required: true}

const heardWords = "hearing of calls: allowed, an event has come"

// study finds out, beside the events, what the manager user may do. What it returns ends it.
func (w *Watcher) study(ctx context.Context, s *ami.Session) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		report, err := s.Rights(ctx)
		if err != nil {
			w.cfg.Log.Debug("what the manager user may do could not be asked", "pbx", w.cfg.PBX, "error", err)
			return
		}
		unheard := hearing
		unheard.Verdict, unheard.Says = ami.Unknown, "hearing of calls: not a word of a call has come yet"
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.calls {
			unheard.Verdict, unheard.Says = ami.Granted, heardWords
		}
		w.standing.Manager, w.standing.Asterisk = report.Version, report.Asterisk
		w.standing.Rights = slices.Concat(report.Findings, []ami.Finding{unheard})
	}()
	return func() {
		cancel()
		<-done
	}
}

// heard notes that the user may hear of calls: the first event of that class shows it, for as long
// as the hub runs, since a right that is taken away is not told either. It is called by the
// watcher's goroutine.
func (w *Watcher) heard(m ami.Message) {
	if w.hears || !slices.Contains(strings.Split(m.Get("Privilege"), ","), "call") {
		return
	}
	w.hears = true
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = true
	for i := range w.standing.Rights {
		if f := &w.standing.Rights[i]; f.Need == hearing.Need {
			f.Verdict, f.Says = ami.Granted, heardWords
		}
	}
}
