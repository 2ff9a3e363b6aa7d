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

	actions map[string]bool // AMI's actions that the manager user may use, in lower case
}

// May reports whether the manager user may use an action of AMI; false before the first session.
func (c Capabilities) May(action string) bool { return c.actions[strings.ToLower(action)] }

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
	if report.Capabilities, err = capabilities(ctx, s, cfg); err != nil {
		return report, err
	}
	var refused *ami.ResponseError
	if rows, err := s.List(ctx, wire.NewAction("Status")); err == nil {
		report.Channels = len(rows)
	} else if !errors.As(err, &refused) {
		return report, err
	}
	first, seen := firstCallEvent(ctx, s, listen)
	if err := ctx.Err(); err != nil {
		return report, fmt.Errorf("listen for events: %w", err)
	}
	doubt := fmt.Sprintf("unknown. Asterisk does not say which events a user may read, and no event of class call "+
		"came within %s; make a call while the check runs, or make sure that the manager user has %q",
		listen, readCall)
	if report.Channels > 0 {
		doubt += fmt.Sprintf(". There are %d live channels, so events were to be expected", report.Channels)
	}
	times := Unknown
	if seen {
		times = timesOf(first)
	}
	report.Rights = append(report.Rights, eventTimes(times), callEvents(seen, doubt))
	if len(cfg.Queues) > 0 {
		report.Rights = append(report.Rights, queueEvents(false))
	}
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

// capabilities asks for everything but the rights to events, which only an event shows.
func capabilities(ctx context.Context, s *ami.Session, cfg Config) (Capabilities, error) {
	c := Capabilities{Manager: s.Version()}
	commands, err := s.Do(ctx, wire.NewAction("ListCommands"))
	if err != nil {
		return c, fmt.Errorf("ask for the manager user's rights: %w", err)
	}
	c.actions = map[string]bool{}
	for action := range commands.Each() {
		c.actions[strings.ToLower(action)] = true
	}
	may := c.May
	if may("CoreSettings") {
		if settings, err := s.Do(ctx, wire.NewAction("CoreSettings")); err == nil {
			c.Asterisk = settings.Get("AsteriskVersion")
		}
	}
	c.Rights = []Right{
		right("seeing the calls that are up when the hub connects", "write = call, system or reporting", true,
			may("Status")),
		right("blocking callers", "write = system", false, may("DBPut") && may("DBDel")),
		right("reading the PBX's blacklist and FreePBX's users of devices", "write = system or reporting", false,
			may("DBGet")),
		right(
			"ringing an agent's phone for test calls, and dialling, conferences and pickup for agents",
			RightOriginate,
			false,
			may("Originate"),
		),
		right("seeing phones that are in use without a call that the hub follows", "write = call or reporting", false,
			may("DeviceStateList") && may("ExtensionStateList")),
		right("hanging up and declining calls for agents", "write = system or call", false, may("Hangup")),
		phones(may),
		muting(may),
		right("transferring and parking calls, and sending tones, for agents", "write = call", false,
			!slices.ContainsFunc(transferring, func(a string) bool { return !may(a) })),
	}
	if len(cfg.Queues) > 0 {
		c.Rights = append(c.Rights, right("adding, removing and pausing members of queues", RightQueues, false,
			may("QueueAdd") && may("QueueRemove") && may("QueuePause")))
	}
	c.Rights = append(c.Rights, installed(ctx, s, cfg.Dialplan, may)...)
	return c, nil
}

// RightQueues is the setting without which Queueing changes nothing.
const RightQueues = "write = agent"

// transferring are the actions that transfer and park calls, and send tones.
var transferring = []string{"BlindTransfer", "Atxfer", "CancelAtxfer", "PlayDTMF", "Park", "Getvar"}

// RightOriginate is the setting without which PBX.Ring and Steering.Originate are refused.
const RightOriginate = "write = originate"

// phones is the right to have phones answer and hold.
func phones(may func(action string) bool) Right {
	return module("answering and holding calls on agents' phones", "PJSIPNotify",
		"pjsip_notify.conf and the module res_pjsip_notify", may)
}

// muting is the right to mute phones.
func muting(may func(action string) bool) Right {
	return module("muting agents' phones", "MuteAudio", "the module res_mutestream", may)
}

// module is the right to an action of a module of Asterisk. Where only the module is missing, the
// manager user may use other actions of the same class.
func module(need, action, module string, may func(action string) bool) Right {
	setting := "write = system"
	if may("DBPut") && !may(action) {
		setting = module
	}
	r := right(need, setting, false, may(action))
	if r.Verdict == Missing && may("DBPut") {
		r.Text = r.Need + ": not possible. Asterisk needs " + setting
	}
	return r
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

const readAgent = "read = agent"

// queueEvents is the right to events of queues; seen: one has come.
func queueEvents(seen bool) Right {
	r := Right{Need: "seeing changes of queues at once", Setting: readAgent, Verdict: Granted}
	r.Text = r.Need + ": allowed, an event has come"
	if !seen {
		r.Verdict = Unknown
		r.Text = r.Need + ": unknown, no event of a queue has come. Without it the hub asks for the queues again " +
			"and again"
	}
	return r
}

const sendTimes = "timestampevents = yes"

// eventTimes says whether the PBX sends the times of events.
func eventTimes(v Verdict) Right {
	r := Right{Need: "the times of events that the hub reads late", Setting: sendTimes, Verdict: v}
	switch v {
	case Granted:
		r.Text = r.Need + ": sent by the PBX"
	case Missing:
		r.Text = fmt.Sprintf("%s: not sent. If the hub stands still, the times of calls are recorded as not seen; "+
			"write %q into [general] of manager.conf (FreePBX: manager_custom.conf, below [general](+))",
			r.Need, sendTimes)
	default:
		r.Verdict, r.Text = Unknown, r.Need+": unknown, no event of a call has come"
	}
	return r
}

// timesOf says whether an event has its time.
func timesOf(event wire.Message) Verdict {
	if _, ok := event.Timestamp(); ok {
		return Granted
	}
	return Missing
}

// firstCallEvent waits for an event of class call; false if none comes within d.
func firstCallEvent(ctx context.Context, s *ami.Session, d time.Duration) (wire.Message, bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case m, ok := <-s.Events():
			if !ok {
				return wire.Message{}, false
			}
			if ofClassCall(m) {
				return m, true
			}
		case <-timer.C:
			return wire.Message{}, false
		case <-ctx.Done():
			return wire.Message{}, false
		}
	}
}

func ofClassCall(m wire.Message) bool { return ofClass(m, "call") }

func ofClass(m wire.Message, class string) bool {
	return slices.Contains(strings.Split(m.Get("Privilege"), ","), class)
}

// learnCapabilities asks for the capabilities in the background. The returned function ends that.
func (p *PBX) learnCapabilities(ctx context.Context, s *ami.Session) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			pause := p.learn(ctx, s)
			if pause == 0 {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// relearn is the pause before the rights of a PBX that starts are asked for again.
const relearn = 5 * time.Second

// learn asks for the capabilities once. pause is the time until they should be asked for again, because
// the PBX has not loaded its queues yet, nor the actions for them, or lacks something in its dialplan;
// 0: never.
func (p *PBX) learn(ctx context.Context, s *ami.Session) (pause time.Duration) {
	c, err := capabilities(ctx, s, p.cfg)
	if err != nil {
		p.cfg.Log.Debug("cannot ask for the manager user's rights", "pbx", p.cfg.Name, "error", err)
		return 0
	}
	defer p.reportRights()
	p.mu.Lock()
	defer p.mu.Unlock()
	c.Rights = append(c.Rights, eventTimes(p.times),
		callEvents(p.callEventSeen.Load(), "unknown, no event of a call has come yet"))
	if len(p.cfg.Queues) > 0 {
		c.Rights = append(c.Rights, queueEvents(p.queueEventSeen.Load()))
	}
	p.status.Capabilities = c
	switch {
	case len(p.cfg.Queues) > 0 && !c.May("QueueStatus"):
		return relearn
	case c.lacks(p.cfg.Dialplan):
		return p.cfg.Resync
	}
	return 0
}

// noteEvent notes the first events of the classes call and agent: the manager user has read=call and
// read=agent. They stay noted, because nothing shows that a right was taken away.
func (p *PBX) noteEvent(m wire.Message) {
	calls := !p.callEventSeen.Load() && ofClassCall(m)
	queues := len(p.cfg.Queues) > 0 && !p.queueEventSeen.Load() && ofClass(m, "agent")
	if !calls && !queues {
		return
	}
	defer p.reportRights()
	p.mu.Lock()
	defer p.mu.Unlock()
	if queues {
		p.queueEventSeen.Store(true)
		p.status.replace(queueEvents(true))
	}
	if calls {
		p.callEventSeen.Store(true)
		p.times = timesOf(m)
		p.status.replace(callEvents(true, ""))
		p.status.replace(eventTimes(p.times))
	}
}

// replace replaces a right that is known.
func (s *Status) replace(r Right) {
	for i, known := range s.Rights {
		if known.Setting == r.Setting && known.Need == r.Need {
			s.Rights[i] = r
		}
	}
}

// reportRights reports what is known of the rights now.
func (p *PBX) reportRights() {
	p.reporting.Lock()
	defer p.reporting.Unlock()
	p.cfg.OnRights(p.Status().Rights)
}
