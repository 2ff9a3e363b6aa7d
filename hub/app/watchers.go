package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"traybell/hub/ami"
	"traybell/hub/blacklist"
	"traybell/hub/calls"
	"traybell/hub/desk"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// watchers follow the enabled PBXs, one goroutine each. All methods may be called from any
// goroutine.
type watchers struct {
	run       context.Context //nolint:containedctx // the hub's life: a watcher outlives the call that starts it
	desk      *desk.Desk
	blacklist *blacklist.PBXs
	agents    func() *staff.Staff
	log       *slog.Logger

	mu   sync.Mutex // guards what follows
	list map[string]*watching
}

type watching struct {
	*calls.Watcher
	stop context.CancelFunc
	done chan struct{}
}

func newWatchers(run context.Context, d *desk.Desk, b *blacklist.PBXs, agents func() *staff.Staff,
	log *slog.Logger,
) *watchers {
	return &watchers{
		run: run, desk: d, blacklist: b, agents: agents, log: log.With("part", "calls"), list: map[string]*watching{},
	}
}

// begin follows a PBX that is not followed yet.
func (ws *watchers) begin(connection ami.Config) {
	ctx, stop := context.WithCancel(ws.run)
	ws.start(ctx, connection.Name,
		&watching{
			Watcher: newWatcher(ws.run, connection, ws.desk, ws.agents, ws.log), stop: stop,
			done: make(chan struct{}),
		})
}

func (ws *watchers) start(ctx context.Context, id string, w *watching) {
	ws.mu.Lock()
	ws.list[id] = w
	ws.mu.Unlock()
	ws.blacklist.Add(id, w.Session)
	go func() {
		defer close(w.done)
		_ = w.Run(ctx) // it ends with ctx, and says before why a PBX does not work
	}()
}

// renew connects anew to a PBX that is followed, in another way. Its calls stay known.
func (ws *watchers) renew(connection ami.Config) {
	ws.mu.Lock()
	old := ws.list[connection.Name]
	ws.mu.Unlock()
	old.stop()
	<-old.done
	ctx, stop := context.WithCancel(ws.run)
	ws.start(ctx, connection.Name, &watching{Watcher: old.Next(connection), stop: stop, done: make(chan struct{})})
}

// stats are those of a PBX that is followed.
func (ws *watchers) stats(id string) (s calls.Stats, ok bool) {
	ws.mu.Lock()
	w, ok := ws.list[id]
	ws.mu.Unlock()
	if ok {
		s = w.Stats()
	}
	return s, ok
}

// end leaves a PBX alone, and returns when the connection is closed.
func (ws *watchers) end(id string) {
	ws.mu.Lock()
	w, ok := ws.list[id]
	delete(ws.list, id)
	ws.mu.Unlock()
	if ok {
		w.stop()
		<-w.done
	}
}

// endAll ends all.
func (ws *watchers) endAll() {
	for _, id := range ws.ids() {
		ws.end(id)
	}
}

func (ws *watchers) ids() []string {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ids := make([]string, 0, len(ws.list))
	for id := range ws.list {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// again lets a PBX that does not work be tried at once; false: none of that name is followed.
func (ws *watchers) again(id string) bool {
	ws.mu.Lock()
	w, ok := ws.list[id]
	ws.mu.Unlock()
	if ok {
		w.Again()
	}
	return ok
}

// standing tells how a PBX is; one that is not followed is stopped, without a reason.
func (ws *watchers) standing(id string) calls.Standing {
	ws.mu.Lock()
	w, ok := ws.list[id]
	ws.mu.Unlock()
	if !ok {
		return calls.Standing{PBX: protocol.PBX{ID: id, State: protocol.PBXStopped}}
	}
	return w.Standing()
}
