package recordings

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/audit"
	"traybell/hub/calls"
	"traybell/hub/happened"
	"traybell/hub/recordings/convert"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Options are what a Service needs. All fields are required.
type Options struct {
	Store   Store
	PBX     func(id string) (Recorder, bool)
	Staff   func() *staff.Staff
	Numbers func() *phone.Reader
	Audit   interface{ Add(e audit.Entry) }
	Convert *convert.Converter
	LinkKey []byte
	Log     *slog.Logger
	Now     func() time.Time
}

// Recorder is a PBX that records.
type Recorder interface {
	// RecordedFiles returns the paths of what channels record or have recorded, by Uniqueid; channel
	// is a name, or empty for all.
	RecordedFiles(ctx context.Context, channel string) (map[string]string, error)
}

// Service finds recordings, and lets people listen. Make it with New.
type Service struct {
	Options
	rules atomic.Pointer[Rules]
	links links
	queue chan func(context.Context)
	heard heard

	searches searches

	mu       sync.Mutex
	channels map[key]string // ids of live calls by channel
	live     map[string][]key
}

// key is a channel of a PBX.
type key struct{ pbx, uniqueid string }

// waiting bounds what is to be asked and written.
const waiting = 4096

// New returns a service without rules.
func New(o Options) *Service {
	s := &Service{
		Options: o, links: links{key: o.LinkKey, now: o.Now}, queue: make(chan func(context.Context), waiting),
		channels: map[key]string{}, live: map[string][]key{},
		searches: newSearches(),
	}
	s.Set(Rules{})
	return s
}

// Set replaces the rules, and forgets where recordings were found by the former ones.
func (s *Service) Set(r Rules) {
	former := s.rules.Swap(&r)
	s.searches.forget(&r)
	if former == nil {
		return
	}
	for _, source := range former.Sources {
		used := slices.ContainsFunc(r.Sources, func(now Source) bool { return now.Table == source.Table })
		if source.Table != nil && !used {
			s.failed(source.Table.close())
		}
	}
}

// Rules returns the rules of the moment.
func (s *Service) Rules() Rules { return *s.rules.Load() }

// On reports whether hub.yml says where recordings are. A nil service is off.
func (s *Service) On() bool { return s != nil && len(s.Rules().Sources) > 0 }

// Run asks PBXs and writes until ctx ends; what is to be written then is written.
func (s *Service) Run(ctx context.Context) {
	tidy := time.NewTicker(time.Minute)
	defer tidy.Stop()
	next := time.Time{} // of the daily work
	for {
		select {
		case do := <-s.queue:
			s.do(ctx, do)
		case <-tidy.C:
			s.Convert.Tidy()
			if s.Now().After(next) {
				next = s.Now().Add(24 * time.Hour)
				s.expire(ctx)
			}
		case <-ctx.Done():
			for len(s.queue) > 0 {
				s.do(ctx, <-s.queue)
			}
			return
		}
	}
}

// do does what was queued, also while the hub stops.
func (s *Service) do(ctx context.Context, do func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	do(ctx)
}

// later queues work of Run. It does not block.
func (s *Service) later(do func(context.Context)) {
	select {
	case s.queue <- do:
	default:
		s.Log.Error("what is known of recordings cannot be kept: too much waits for the database or the PBXs")
	}
}

// Call notes which channels a live call has. It does not block.
func (s *Service) Call(c calls.Call) {
	if !s.On() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.State == protocol.Ended {
		for _, k := range s.live[c.ID] {
			delete(s.channels, k)
		}
		delete(s.live, c.ID)
		if c.Into != "" {
			s.later(func(ctx context.Context) { s.failed(s.Store.MergeRecordings(ctx, c.ID, c.Into)) })
		}
		return
	}
	for _, ch := range c.Channels {
		k := key{c.PBX, ch.Uniqueid}
		if s.channels[k] != c.ID {
			s.channels[k] = c.ID
			s.live[c.ID] = append(s.live[c.ID], k)
		}
	}
}

// Happened implements happened.Listener: it keeps who talked, who may listen later.
func (s *Service) Happened(h happened.Call) {
	if h.Step != happened.Ended || h.Call.Answered.IsZero() || !s.On() {
		return
	}
	var logins []string
	for _, leg := range h.Call.Legs {
		login := leg.Login
		if at := s.Staff().At(leg.Extension); login == "" && len(at) == 1 {
			login = at[0].Login
		}
		if login != "" && (leg.Calling || !leg.Answered.IsZero()) && !slices.Contains(logins, login) {
			logins = append(logins, login)
		}
	}
	s.later(func(ctx context.Context) { s.failed(s.Store.KeepTalkers(ctx, h.Call.ID, logins, h.Call.Ended)) })
}

// TicketMade implements happened.Listener.
func (s *Service) TicketMade(happened.Ticket) {}

func (o Options) failed(err error) {
	if err != nil {
		o.Log.Error("what is known of recordings cannot be kept", "error", err)
	}
}

// began keeps that a channel records. name may be empty.
func (s *Service) began(pbx, uniqueid, linkedid, name string, at time.Time) {
	s.mu.Lock()
	call := s.channels[key{pbx, uniqueid}]
	s.mu.Unlock()
	if call == "" {
		call = pbx + ":" + linkedid
	}
	s.later(func(ctx context.Context) {
		s.failed(s.Store.KeepRecording(ctx, Note{CallID: call, Uniqueid: uniqueid, Name: name, Began: at}))
	})
}

// ask asks a PBX for the path of what a channel records, and keeps it.
func (s *Service) ask(pbx, channel, uniqueid, linkedid string, at time.Time) {
	s.later(func(ctx context.Context) {
		name := ""
		if from, ok := s.PBX(pbx); ok {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			files, err := from.RecordedFiles(ctx, channel)
			if err != nil {
				s.Log.Debug("a PBX does not say what it records", "pbx", pbx, "channel", channel, "error", err)
			}
			name = files[uniqueid]
		}
		s.began(pbx, uniqueid, linkedid, name, at)
	})
}

// expire deletes what is older than hub.yml says.
func (s *Service) expire(ctx context.Context) {
	rules := s.Rules()
	if rules.Notes > 0 {
		s.failed(s.Store.ForgetRecordings(ctx, s.Now().Add(-rules.Notes)))
	}
	if rules.Retention == 0 {
		return
	}
	for _, source := range rules.Sources {
		deleted := 0
		var failed error
		err := source.Place.Older(ctx, s.Now().Add(-rules.Retention), func(name string) {
			if err := source.Place.Remove(ctx, name); err != nil {
				failed = err
				return
			}
			s.Convert.Forget(identity(source.Place.String(), name))
			deleted++
		})
		if err == nil {
			err = failed
		}
		if deleted == 0 && err == nil {
			continue
		}
		e := audit.Entry{
			At: s.Now().
				UTC(),
			Kind: "local", Who: "retention", Action: "recording.delete", Object: source.Place.String(),
			Detail: count(deleted, "recording", "recordings") + " older than " + days(rules.Retention),
		}
		if err != nil {
			e.Error = err.Error()
			s.Log.Warn("recordings are kept longer than hub.yml says", "place", source.Place, "error", err)
		}
		s.Audit.Add(e)
	}
}
