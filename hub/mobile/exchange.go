package mobile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"traybell/hub/calls"
	"traybell/hub/endpoint"
	"traybell/hub/fail"
	"traybell/hub/pbx"
	"traybell/hub/queues"
	"traybell/shared/protocol"
)

// Families of the AstDB. The dialplan reads the first, and counts wrong PINs in the second.
const (
	family = "traybell_mobile"
	wrongs = "traybell_mobile_wrong"
)

const (
	patience  = 5 * time.Second  // for the PBX
	again     = 30 * time.Second // before a PBX is told again after a failure
	stuck     = 10 * time.Second // that a mobile is in use without a call
	longEntry = 200              // bytes of an entry that Asterisk reads back
)

// exchange is what the PBXs are told, and what is known of the mobiles there.
type exchange struct {
	s *Service

	mu      sync.Mutex                 // guards what follows; Service.mu is never taken with it held
	live    map[string]map[string]bool // ids of live calls by PBX and number
	sites   map[string]*site
	refused map[string]string // why a PBX did not take the list, in the log already
}

func newExchange(s *Service) *exchange {
	return &exchange{
		s: s, live: map[string]map[string]bool{}, sites: map[string]*site{}, refused: map[string]string{},
	}
}

// site is what is known of a PBX.
type site struct {
	stale   bool      // the white list there is out of date
	telling bool      // it is being told
	retry   time.Time // after a failure
	busy    map[string]time.Time
}

// Working says that a PBX is connected.
func (x *exchange) Working(id string) {
	x.mu.Lock()
	x.at(id).stale = true
	x.at(id).retry = time.Time{}
	x.mu.Unlock()
	x.s.hurry()
}

// stale has all PBXs told again.
func (x *exchange) stale() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, at := range x.sites {
		at.stale = true
	}
}

// owes reports whether a PBX has to be told.
func (x *exchange) owes() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, at := range x.sites {
		if at.stale || at.telling {
			return true
		}
	}
	return false
}

// Left forgets a PBX that hub.yml no longer names or enables.
func (x *exchange) Left(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.sites, id)
	for k := range x.live {
		if strings.HasPrefix(k, id+"/") {
			delete(x.live, k)
		}
	}
}

// at is what is known of a PBX. x.mu is held.
func (x *exchange) at(id string) *site {
	if x.sites[id] == nil {
		x.sites[id] = &site{busy: map[string]time.Time{}}
	}
	return x.sites[id]
}

// Call takes a call's new state from its PBX.
func (x *exchange) Call(c calls.Call) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := map[string]bool{}
	for _, ch := range c.Channels {
		if ch.Mobile != "" && c.State != protocol.Ended {
			now[c.PBX+"/"+ch.Mobile] = true
		}
	}
	for k, of := range x.live {
		if delete(of, c.ID); len(of) == 0 {
			delete(x.live, k)
		}
	}
	for k := range now {
		if x.live[k] == nil {
			x.live[k] = map[string]bool{}
		}
		x.live[k][c.ID] = true
	}
}

// tell writes the white list into the AstDB of a PBX where it is out of date.
func (x *exchange) tell(ctx context.Context, id string, work *sync.WaitGroup) {
	p, ok := x.s.o.PBXs.PBX(id)
	if !ok || p.Status().State != protocol.PBXWorking {
		return
	}
	x.mu.Lock()
	at := x.at(id)
	due := at.stale && !at.telling && !x.s.o.Now().Before(at.retry)
	at.stale, at.telling = at.stale && !due, at.telling || due
	x.mu.Unlock()
	if !due {
		return
	}
	entries, short := x.entries(id)
	if told := x.s.told(id, len(entries) > 0); len(entries) == 0 && !told {
		x.mu.Lock()
		at.telling = false
		x.mu.Unlock()
		return
	}
	work.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		err := write(ctx, p, entries)
		if err != nil && len(entries) == 0 {
			x.s.told(id, true) // still
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		at.telling, at.stale = false, at.stale || err != nil
		switch {
		case errors.Is(err, pbx.ErrNotConnected): // as in a reload; it is connected again soon
			return
		case err != nil:
			at.retry = x.s.o.Now().Add(again)
			if x.refused[id] != err.Error() && ctx.Err() == nil {
				x.refused[id] = err.Error()
				x.s.o.Log.Warn("cannot write the white list of mobiles; the hub tries again", "pbx", id, "error", err)
			}
			return
		}
		delete(x.refused, id)
		if len(short) > 0 {
			x.s.o.Log.Warn("agents have too many queues: a call from their mobiles does not join all", "pbx", id,
				"agents", short)
		}
		x.s.o.Log.Debug("white list of mobiles written", "pbx", id, "entries", len(entries))
		x.s.hurry()
	})
}

// entries are those of the AstDB of a PBX, by the forms of each number:
// "79161234567:101:4711:500*0&600*2" is what is dialled, the extension, the PIN, and the queues with
// their penalties. short are the logins of agents with too many queues.
func (x *exchange) entries(id string) (list map[string]string, short []string) {
	r := x.s.o.Rules()
	list = map[string]string{}
	for _, n := range x.s.numbers() {
		a, _ := r.Staff.Agent(n.Login)
		extension := ""
		if len(a.Extensions) > 0 {
			extension = strings.ReplaceAll(a.Extensions[0], ":", "")
		}
		var of []string
		for _, q := range r.Queues {
			if q.PBX == id && q.Has(n.Login) {
				of = append(of, q.Name+"*"+strconv.Itoa(q.Penalty))
			}
		}
		if len(of) == 0 {
			continue
		}
		value := strings.Join([]string{n.dial, extension, n.PIN, strings.Join(of, "&")}, ":")
		if len(value) > longEntry {
			short = append(short, n.Login)
		}
		for len(value) > longEntry && len(of) > 1 {
			of = of[:len(of)-1]
			value = strings.Join([]string{n.dial, extension, n.PIN, strings.Join(of, "&")}, ":")
		}
		for _, form := range n.forms {
			if list[form] == "" {
				list[form] = value
			}
		}
	}
	return list, short
}

// write makes the AstDB have these entries and no others.
func write(ctx context.Context, p *pbx.PBX, want map[string]string) error {
	have, err := pbx.AstDBOf(p).Tree(ctx, family)
	if refused := new(pbx.ResponseError); err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("read the list: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if _, wanted := want[key]; !wanted {
			if err := p.DBDel(ctx, family, key); err != nil {
				return fmt.Errorf("delete an entry: %w", err)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if have[key] != want[key] {
			if err := p.DBPut(ctx, family, key, want[key]); err != nil {
				return fmt.Errorf("write an entry: %w", err)
			}
		}
	}
	return nil
}

// Dialplan is what the dialplan of a PBX needs for members who are mobiles.
func Dialplan() pbx.Extension {
	return pbx.Extension{
		Context: endpoint.MobileContext, Exten: "1000", Need: "mobiles in queues", Remedy: pbx.CopyDialplan,
	}
}

// dialplan returns why the PBXs of an agent's queues cannot reach a mobile.
func (x *exchange) dialplan(ctx context.Context, login, number string) error {
	for _, q := range x.s.queuesOf(login) {
		p, ok := x.s.o.PBXs.PBX(q.PBX)
		if !ok {
			continue
		}
		exists, known, err := p.Steering().Exists(ctx, endpoint.MobileContext, number)
		if err == nil && known && !exists {
			return fail.New(protocol.MobileDialplan, q.PBX).Explain(
				"The dialplan of the PBX %s has no context %s. %s.", q.PBX, endpoint.MobileContext, pbx.CopyDialplan)
		}
	}
	return nil
}

// forgive forgets wrong PINs, after which the dialplan refuses a number.
func (x *exchange) forgive(n *number) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, id := range x.s.o.PBXs.IDs() {
		if p, ok := x.s.o.PBXs.PBX(id); ok && n.PIN != "" {
			if err := p.DBDel(ctx, wrongs, n.dial); err != nil {
				x.s.o.Log.Debug("cannot forget wrong PINs", "pbx", id, "error", err)
			}
		}
	}
}

// tend removes mobiles that are not on the white list from the queues of a PBX, and corrects the state
// of those that are in use without a call.
func (x *exchange) tend(ctx context.Context, id string, work *sync.WaitGroup) {
	p, ok := x.s.o.PBXs.PBX(id)
	if !ok {
		return
	}
	board, seen := x.s.o.Places().Board(id), map[string]bool{}
	for _, q := range x.s.o.Rules().Queues {
		now, ok := board.Queue(q.Name)
		if q.PBX != id || !ok {
			continue
		}
		for _, m := range now.Members {
			number := m.Mobile()
			switch {
			case number == "":
			case x.s.Owner(number) == "":
				x.s.o.Log.Warn("a mobile that is not on the white list leaves the queue", "pbx", id, "queue", q.Name,
					"mobile", number)
				if err := pbx.QueueingOf(p).Remove(ctx, q.Name, m.Interface); err != nil {
					x.s.o.Log.Debug("cannot remove a mobile", "pbx", id, "error", err)
				}
			case !seen[number]:
				seen[number] = true
				if x.free(id, number, m) {
					work.Go(func() { x.correct(ctx, p, id, number) })
				}
			}
		}
	}
}

// free reports whether a mobile has been in use without a call for so long that its state is wrong.
func (x *exchange) free(id, number string, m queues.Member) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	at := x.at(id)
	used := m.Status == queues.StatusInUse || m.Status == queues.StatusBusy || m.Status == queues.StatusRinging ||
		m.Status == queues.StatusRingingInUse || m.Status == queues.StatusOnHold
	now := x.s.o.Now()
	since, known := at.busy[number]
	switch {
	case !used || len(x.live[id+"/"+number]) > 0:
		delete(at.busy, number)
	case !known:
		at.busy[number] = now
	case now.Sub(since) >= stuck:
		at.busy[number] = now
		return true
	}
	return false
}

// correct makes a mobile free for the PBX.
func (x *exchange) correct(ctx context.Context, p *pbx.PBX, id, number string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := p.Steering().SetDeviceState(ctx, queues.MobileDevice(number), "NOT_INUSE")
	x.s.o.Log.Warn("a mobile was in use without a call: its state is corrected", "pbx", id, "mobile", number,
		"error", err)
}
