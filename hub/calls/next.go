package calls

import "traybell/hub/ami"

// Next is a watcher of the same PBX over another connection. It goes on from the calls that this
// one knew, as after a connection that was lost; this one must have ended, and is not run again.
func (w *Watcher) Next(connection ami.Config) *Watcher {
	cfg := w.cfg
	cfg.AMI = connection
	next := NewWatcher(cfg)
	next.tracker = w.tracker
	return next
}

// Stats counts what has happened on a watcher's connections so far.
type Stats struct {
	ami.Stats
	Resyncs uint64 // how often stock was taken
}

// Stats may be asked from any goroutine.
func (w *Watcher) Stats() Stats { return Stats{Stats: w.client.Stats(), Resyncs: w.resyncs.Load()} }
