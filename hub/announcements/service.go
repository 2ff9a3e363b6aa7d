package announcements

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

// readTime bounds reading the AstDB.
const readTime = 30 * time.Second

// key is an extension on a PBX.
type key struct{ pbx, extension string }

// entry is what the AstDB says of an extension.
type entry struct {
	on   bool
	file string // path on the PBX, without .wav; empty: none
}

// Service knows the announcements. Make it with New.
type Service struct {
	Options
	ctx   context.Context //nolint:containedctx // reads end with it
	rules atomic.Pointer[Rules]

	reading sync.Mutex // held while the AstDB is read: the last read is the newest
	uploads chan struct{}

	mu      sync.Mutex // guards what follows
	known   map[key]entry
	version uint64
}

// New returns a service that reads a PBX when this is connected. Its reads end with ctx.
func New(ctx context.Context, r Rules, o Options) *Service {
	s := &Service{Options: o, ctx: ctx, uploads: make(chan struct{}, uploadsAtOnce), known: map[key]entry{}}
	s.rules.Store(&r)
	return s
}

// Set replaces the rules, tells the agents, and reads what the rules are about.
func (s *Service) Set(r Rules) {
	if before := s.rules.Swap(&r); before.On || r.On {
		s.mu.Lock()
		s.version++
		s.mu.Unlock()
		s.tell(Default)
	}
	for _, id := range r.PBXs {
		s.Go(func() { s.refresh(id) })
	}
}

// On reports whether hub.yml has announcements. A nil service is off.
func (s *Service) On() bool { return s != nil && s.rules.Load().On }

// Version grows with each change of an announcement.
func (s *Service) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Code is the number that records an announcement on a phone.
func (s *Service) Code() string { return s.rules.Load().Code }

// serves reports whether a PBX plays announcements.
func (s *Service) serves(id string) bool {
	r := s.rules.Load()
	return r.On && slices.Contains(r.PBXs, id)
}

// Left forgets a PBX that is no longer enabled.
func (s *Service) Left(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.known {
		if k.pbx == id {
			delete(s.known, k)
		}
	}
}

// Follow returns what follows the announcements of a PBX.
func (s *Service) Follow(id string) pbx.Tracker { return &follower{s: s, id: id} }

type follower struct {
	s       *Service
	id      string
	skipped bool // the snapshot that follows a connection; it belongs to the PBX's goroutine
}

const device = "Custom:op_alert"

// Events implements pbx.Tracker.
func (f *follower) Events() []string { return []string{"DeviceStateChange"} }

// Snapshots implements pbx.Tracker.
func (f *follower) Snapshots() []string { return nil }

// Connected implements pbx.Tracker.
func (f *follower) Connected(uint64, time.Time) {
	f.skipped = false
	f.s.Go(func() { f.s.refresh(f.id) })
}

// Resync implements pbx.Tracker.
func (f *follower) Resync(_, _ []wire.Message, _ time.Time) {
	if f.skipped {
		f.s.Go(func() { f.s.refresh(f.id) })
	}
	f.skipped = true
}

// Late implements pbx.Tracker.
func (f *follower) Late(time.Time) {}

// Event implements pbx.Tracker.
func (f *follower) Event(m wire.Message, _ time.Time) {
	extension, ok := strings.CutPrefix(m.Get("Device"), device)
	if extension = strings.Clone(extension); ok && f.s.serves(f.id) && len(f.s.Staff().At(extension)) > 0 {
		f.s.Go(func() { f.s.read(f.id, extension) })
	}
}

// refresh writes who may have announcements to a PBX, and reads all it has.
func (s *Service) refresh(id string) {
	if !s.serves(id) {
		return
	}
	s.allow(id)
	s.read(id, s.extensions()...)
}

// extensions are those that may have an announcement, and Default.
func (s *Service) extensions() []string {
	r := s.rules.Load()
	list := []string{Default}
	for _, a := range s.Staff().Agents() {
		for _, e := range a.Extensions {
			if r.may(e) && !slices.Contains(list, e) {
				list = append(list, e)
			}
		}
	}
	return list
}

// allow has the dialplan know who may have an announcement.
func (s *Service) allow(id string) {
	p, ok := s.PBXs.PBX(id)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, readTime)
	defer cancel()
	want := s.rules.Load().Expression
	is, _, err := p.DBGet(ctx, family, mask)
	switch {
	case err != nil || is == want:
	case want == "":
		err = p.DBDel(ctx, family, mask)
	default:
		err = p.DBPut(ctx, family, mask, want)
	}
	if refused := new(pbx.ResponseError); errors.As(err, &refused) {
		s.Log.Warn("the PBX does not learn who may record announcements: the code is for all until then", "pbx", id,
			"error", err, "fix", "give the manager user write=system")
	}
}

// read reads entries of the AstDB, and tells the agents whose announcements have changed. If it fails
// the known ones stay.
func (s *Service) read(id string, extensions ...string) {
	s.reading.Lock()
	defer s.reading.Unlock()
	p, ok := s.PBXs.PBX(id)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, readTime)
	defer cancel()
	for _, extension := range extensions {
		e, err := readEntry(ctx, p, extension)
		if err != nil {
			if refused := new(pbx.ResponseError); errors.As(err, &refused) { // otherwise a connection follows
				s.Log.Warn("announcements cannot be read", "pbx", id, "error", err, "fix",
					"give the manager user write=system")
			}
			return
		}
		k := key{id, extension}
		s.mu.Lock()
		before := s.known[k]
		s.known[k] = e
		if before != e {
			s.version++
		}
		s.mu.Unlock()
		if before != e {
			s.tell(extension)
			s.tidy(id, extension, e.file)
		}
	}
}

// longestPath bounds the path of a file, in bytes.
const longestPath = 250

func readEntry(ctx context.Context, p *pbx.PBX, extension string) (e entry, err error) {
	if extension != Default {
		value, _, err := p.DBGet(ctx, switches, extension)
		if err != nil {
			return e, err
		}
		e.on = value == "1"
	}
	file, _, err := p.DBGet(ctx, files, extension)
	if len(file) <= longestPath {
		e.file = strings.Clone(file)
	}
	return e, err
}

// tell sends the agents with an extension their announcements.
func (s *Service) tell(extension string) {
	to := s.Staff().At(extension)
	if extension == Default {
		to = s.Staff().Agents()
	}
	for _, a := range to {
		of := s.Of(a.Login)
		if of == nil { // no more
			of = &protocol.Announcements{List: []protocol.RecordedAnnouncement{}}
		}
		m, err := protocol.New(protocol.Event, protocol.AnnouncementsEvent, of)
		if err != nil {
			s.Log.Error("announcements not sent", "error", err)
			return
		}
		s.Send([]string{a.Login}, m)
	}
}

// Of returns the announcements of an agent, for the desktop; nil: there are none. It does not block.
func (s *Service) Of(login string) *protocol.Announcements {
	a, ok := s.Staff().Agent(login)
	if !s.On() || !ok {
		return nil
	}
	r := s.rules.Load()
	of := &protocol.Announcements{Code: r.Code, List: []protocol.RecordedAnnouncement{}}
	for _, id := range r.PBXs {
		for _, extension := range a.Extensions {
			if r.may(extension) {
				of.List = append(of.List, s.announcement(id, extension))
			}
		}
	}
	if len(of.List) == 0 {
		return nil
	}
	return of
}

// announcement is what is known of one.
func (s *Service) announcement(id, extension string) protocol.RecordedAnnouncement {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.known[key{id, extension}]
	return protocol.RecordedAnnouncement{
		PBX: id, Extension: extension, On: e.on, Recorded: e.file != "",
		Default: e.file == "" && s.known[key{id, Default}].file != "",
	}
}
