package pbx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/wire"
)

// Verdict says whether the manager user has a right.
type Verdict string

// The verdicts.
const (
	Granted Verdict = "granted"
	Missing Verdict = "missing"
	Unknown Verdict = "unknown" // Asterisk does not say, and nothing has shown it
)

// Right is something that the hub needs on the PBX.
type Right struct {
	Need     string // what for, such as "blocking callers"
	Setting  string // as in manager.conf, such as "write = system"
	Required bool   // without it the hub cannot work; otherwise it does less
	Verdict  Verdict
	Text     string // a sentence for people
}

// Capabilities are the PBX's versions and the rights of its manager user.
type Capabilities struct {
	// version of the manager protocol, such as "11.0.0" for Asterisk 22; empty before the first
	// session
	Manager  string
	Asterisk string  // Asterisk's version; empty where the manager user may not ask for it
	Rights   []Right // empty before the first session
}

// Report is what Check found out.
type Report struct {
	Capabilities
	Channels int // live channels; -1 if the manager user may not list them
}

// Check connects, finds out what the manager user may do, and disconnects. It changes nothing on
// the PBX. A PBX that cannot be reached or refuses the login is an error; Setting says of which
// setting.
//
// Write rights are certain: ListCommands names exactly the actions that the user may use. Read
// rights are not: no action lists them, and Asterisk silently accepts a mask with forbidden
// classes. Only an event of class call shows read=call, so Check listens for that time, and says
// "unknown" if none came.
func Check(ctx context.Context, cfg Config, listen time.Duration) (Report, error) {
	cfg.Wanted = nil
	s, err := ami.Connect(ctx, cfg.Config)
	if err != nil {
		return Report{}, err
	}
	defer s.Close(errors.New("check done"))
	report := Report{Channels: -1}
	if report.Capabilities, err = capabilities(ctx, s); err != nil {
		return report, err
	}
	var refused *ami.ResponseError
	if rows, err := s.List(ctx, wire.NewAction("Status")); err == nil {
		report.Channels = len(rows)
	} else if !errors.As(err, &refused) {
		return report, err
	}
	seen := receivesCallEvent(ctx, s, listen)
	if err := ctx.Err(); err != nil {
		return report, fmt.Errorf("listen for events: %w", err)
	}
	doubt := fmt.Sprintf("unknown. Asterisk does not say which events a user may read, and no event of class call "+
		"came within %s; make a call while the check runs, or make sure that the manager user has %q",
		listen, readCall)
	if report.Channels > 0 {
		doubt += fmt.Sprintf(". There are %d live channels, so events were to be expected", report.Channels)
	}
	report.Rights = append(report.Rights, callEvents(seen, doubt))
	return report, nil
}

// Setting names the setting of hub.yml's pbx that an error of Check or Status.Err is about.
func Setting(err error) string {
	var login *ami.LoginError
	var cert *ami.CertificateError
	switch {
	case errors.As(err, &login):
		return "username"
	case errors.As(err, &cert):
		return "ca"
	}
	return "address"
}

// capabilities asks for everything but the right to call events, which only an event shows.
func capabilities(ctx context.Context, s *ami.Session) (Capabilities, error) {
	c := Capabilities{Manager: s.Version()}
	commands, err := s.Do(ctx, wire.NewAction("ListCommands"))
	if err != nil {
		return c, fmt.Errorf("ask for the manager user's rights: %w", err)
	}
	may := func(action string) bool {
		_, ok := commands.Lookup(action)
		return ok
	}
	if may("CoreSettings") {
		if settings, err := s.Do(ctx, wire.NewAction("CoreSettings")); err == nil {
			c.Asterisk = settings.Get("AsteriskVersion")
		}
	}
	c.Rights = []Right{
		right("seeing the calls that are up when the hub connects", "write = call, system or reporting", true,
			may("Status")),
		right("blocking callers", "write = system", false, may("DBPut") && may("DBDel")),
		right("reading the PBX's blacklist", "write = system or reporting", false, may("DBGet")),
	}
	return c, nil
}

func right(need, setting string, required, granted bool) Right {
	r := Right{Need: need, Setting: setting, Required: required, Verdict: Granted, Text: need + ": allowed"}
	if !granted {
		r.Verdict = Missing
		r.Text = fmt.Sprintf("%s: not allowed. The manager user needs %q in manager.conf", need, setting)
	}
	return r
}

const readCall = "read = call"

// callEvents is the right to call events; doubt is its text while none has come.
func callEvents(seen bool, doubt string) Right {
	r := Right{Need: "receiving call events", Setting: readCall, Required: true, Verdict: Granted}
	r.Text = r.Need + ": allowed, an event has come"
	if !seen {
		r.Verdict, r.Text = Unknown, r.Need+": "+doubt
	}
	return r
}

// receivesCallEvent reports whether an event of class call comes within d.
func receivesCallEvent(ctx context.Context, s *ami.Session, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case m, ok := <-s.Events():
			if !ok {
				return false
			}
			if ofClassCall(m) {
				return true
			}
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

func ofClassCall(m wire.Message) bool {
	return slices.Contains(strings.Split(m.Get("Privilege"), ","), "call")
}

// learnCapabilities asks for the capabilities in the background. The returned function ends that.
func (p *PBX) learnCapabilities(ctx context.Context, s *ami.Session) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := capabilities(ctx, s)
		if err != nil {
			p.cfg.Log.Debug("cannot ask for the manager user's rights", "pbx", p.cfg.Name, "error", err)
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		c.Rights = append(c.Rights, callEvents(p.callEventSeen.Load(), "unknown, no event of a call has come yet"))
		p.status.Capabilities = c
	}()
	return func() {
		cancel()
		<-done
	}
}

// noteCallEvent notes the first event of class call: the manager user has read=call. It stays
// noted, because nothing shows that the right was taken away.
func (p *PBX) noteCallEvent(m wire.Message) {
	if p.callEventSeen.Load() || !ofClassCall(m) {
		return
	}
	p.callEventSeen.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, r := range p.status.Rights {
		if r.Setting == readCall {
			p.status.Rights[i] = callEvents(true, "")
		}
	}
}
