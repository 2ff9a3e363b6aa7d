package ami

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Verdict is what a probe found out about a right.
type Verdict string

// The verdicts.
const (
	Granted Verdict = "granted"
	Missing Verdict = "missing"
	Unknown Verdict = "unknown" // Asterisk does not tell, and nothing has shown it either way
)

// Finding is what a probe says about one thing that the hub needs.
type Finding struct {
	Need     string // what for, e.g. "blocking callers"
	Right    string // as manager.conf has it, e.g. "write = system"
	Required bool   // without it the hub does not do its work; otherwise it does less
	Verdict  Verdict
	Says     string // a sentence for people
}

// Report is what a probe found out. A PBX that cannot be reached or refuses the login makes an
// error, not a report.
type Report struct {
	Version  string // of the manager protocol
	Asterisk string // Asterisk's own version; empty where the user may not ask for it
	Channels int    // live channels at the moment; -1 if it may not be asked
	Findings []Finding
}

// Probe logs in, finds out what the manager user may do, and logs off. It changes nothing on the
// PBX.
//
// Write rights are certain: ListCommands names exactly the actions that the user may use, and
// Status is tried. Read rights are not: no action tells them, the answer to Events does not either,
// and a mask with forbidden classes is accepted in silence. What shows that read=call is there is
// an event of that class, so Probe listens for listen, and says "unknown" if the telephones were
// quiet.
func Probe(ctx context.Context, cfg Config, listen time.Duration) (Report, error) {
	cfg.Wanted = nil
	cfg = cfg.withDefaults()
	s, err := open(ctx, cfg)
	if err != nil {
		return Report{}, err
	}
	defer func() {
		s.end(errors.New("the probe is over"))
		<-s.gone
	}()
	report, err := s.Rights(ctx)
	if err != nil {
		return report, err
	}
	var refused *ResponseError
	if rows, err := s.List(ctx, NewAction("Status")); err == nil {
		report.Channels = len(rows)
	} else if !errors.As(err, &refused) {
		return report, err
	}
	heard := s.listen(ctx, listen)
	if err := ctx.Err(); err != nil {
		return report, fmt.Errorf("listening for events: %w", err)
	}
	report.Findings = append(report.Findings,
		report.heardOf("call", "hearing of calls", true, heard, listen))
	return report, nil
}

// Rights finds out what the session's user may do, but for what only listening shows, and which
// Asterisk it is. Channels are not counted.
func (s *Session) Rights(ctx context.Context) (Report, error) {
	report := Report{Version: s.Version(), Channels: -1}
	known, err := s.Do(ctx, NewAction("ListCommands"))
	if err != nil {
		return report, fmt.Errorf("asking what the manager user may do: %w", err)
	}
	may := func(action string) bool {
		_, ok := known.Lookup(action)
		return ok
	}
	if may("CoreSettings") {
		if settings, err := s.Do(ctx, NewAction("CoreSettings")); err == nil {
			report.Asterisk = settings.Get("AsteriskVersion")
		}
	}
	report.Findings = []Finding{
		judge("seeing the calls that are up when the hub connects", "write = call, system or reporting", true,
			may("Status")),
		judge("blocking callers", "write = system", false, may("DBPut") && may("DBDel")),
		judge("reading the PBX's blacklist", "write = system or reporting", false, may("DBGet")),
	}
	return report, nil
}

func judge(need, right string, required, granted bool) Finding {
	f := Finding{Need: need, Right: right, Required: required, Verdict: Granted, Says: fmt.Sprintf("%s: allowed", need)}
	if !granted {
		f.Verdict = Missing
		f.Says = fmt.Sprintf("%s: not allowed. The manager user needs %q in manager.conf", need, right)
	}
	return f
}

func (r Report) heardOf(class, need string, required, heard bool, listened time.Duration) Finding {
	f := Finding{
		Need: need, Right: "read = " + class, Required: required, Verdict: Granted,
		Says: fmt.Sprintf("%s: allowed, an event has come", need),
	}
	if heard {
		return f
	}
	f.Verdict = Unknown
	f.Says = fmt.Sprintf("%s: cannot be told. Asterisk does not say which events a user may read, and none of class "+
		"%s came within %s; "+
		"make a call while the check runs, or see that the manager user has %q", need, class, listened, f.Right)
	if class == "call" && r.Channels > 0 {
		f.Says += fmt.Sprintf(". There are %d live channels, so something might have been heard", r.Channels)
	}
	return f
}

// listen says whether an event of class call comes within the time.
func (s *Session) listen(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case m, ok := <-s.events:
			if !ok {
				return false
			}
			if slices.Contains(strings.Split(m.Get("Privilege"), ","), "call") {
				return true
			}
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
