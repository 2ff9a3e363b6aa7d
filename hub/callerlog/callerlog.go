// Package callerlog sends calls to Zammad's caller log (its generic CTI interface).
//
// Zammad wants the events of a call in strict order: a second newCall of a call is an error, and so
// is any other event without one. The calls are divided among a few goroutines for each Zammad, each
// of which sends one event after the other: a slow one does not delay the others. A call whose
// newCall was not accepted is left out.
package callerlog

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"traybell/hub/happened"
	"traybell/hub/helpdesk/httpclient"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

const (
	lanes       = 8   // of a Zammad
	maxWaiting  = 500 // events of a lane; calls that begin while it is full are left out
	attempts    = 4
	firstPause  = time.Second
	maxAge      = 5 * time.Minute // older calls are left out
	logAgain    = 10 * time.Minute
	requestTime = 10 * time.Second
)

// Target is a Zammad.
type Target struct {
	URL   string // of its start page
	Token string // of the CTI endpoint
	// Opens lets Zammad open the customer's profile or a new ticket in the browser of the agent who
	// answers.
	Opens bool
}

// Log sends calls. Its methods may be called from any goroutine. Make it with New.
type Log struct {
	staff   func() *staff.Staff
	log     *slog.Logger
	now     func() time.Time
	targets atomic.Pointer[[]*target]
	changed chan struct{} // one element if Run has to look at the targets
}

// target is a Zammad, what is to be sent there and what is known of it.
type target struct {
	URL, token string
	client     *httpclient.Client
	opens      atomic.Bool // Target.Opens
	lanes      [lanes]chan event
	running    bool          // its goroutines; only Run uses it
	gone       chan struct{} // closed when it is no longer a target

	mu     sync.Mutex
	logged time.Time // the last failure
}

// New returns a log without targets. Run sends.
func New(agents func() *staff.Staff, log *slog.Logger, now func() time.Time) *Log {
	l := &Log{staff: agents, log: log, now: now, changed: make(chan struct{}, 1)}
	l.targets.Store(&[]*target{})
	return l
}

// Set replaces the targets. Those that stay keep their calls. It is not called concurrently.
func (l *Log) Set(list []Target) error {
	old := *l.targets.Load()
	var all []*target
	for _, of := range list {
		t, err := open(of)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(all, t.same); i >= 0 { // two help desks with one endpoint
			all[i].opens.Store(all[i].opens.Load() || of.Opens)
			continue
		}
		if i := slices.IndexFunc(old, t.same); i >= 0 {
			t = old[i]
		}
		t.opens.Store(of.Opens)
		all = append(all, t)
	}
	l.targets.Store(&all)
	for _, t := range old {
		if !slices.Contains(all, t) {
			close(t.gone)
		}
	}
	select {
	case l.changed <- struct{}{}:
	default:
	}
	return nil
}

func open(of Target) (*target, error) {
	client, err := httpclient.New(httpclient.Options{URL: of.URL, Timeout: requestTime, Secrets: []string{of.Token}})
	if err != nil {
		return nil, err
	}
	t := &target{URL: client.URL(), token: of.Token, client: client, gone: make(chan struct{})}
	for i := range t.lanes {
		t.lanes[i] = make(chan event, maxWaiting)
	}
	return t, nil
}

func (t *target) same(other *target) bool { return t.URL == other.URL && t.token == other.token }

// event is one step of a call.
type event struct {
	step   happened.Step
	call   string
	fields map[string]any
	opens  map[string]any // besides, where Target.Opens is set
	at     time.Time      // when it happened
}

// Happened implements happened.Listener. Internal calls are not logged.
func (l *Log) Happened(c happened.Call) {
	targets := *l.targets.Load()
	if len(targets) == 0 || c.Call.Direction == protocol.Internal || c.Call.Test {
		return
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(c.Call.ID))
	e := l.event(c)
	for _, t := range targets {
		lane := t.lanes[hash.Sum32()%lanes]
		if e.step == happened.Started && len(lane) > maxWaiting/2 {
			l.log.Warn("call left out of the caller log: too many wait", "call", e.call, "zammad", t.URL)
			continue
		}
		select {
		case lane <- e:
		default:
			l.log.Warn("event left out of the caller log: too many wait", "call", e.call, "zammad", t.URL)
		}
	}
}

// TicketMade implements happened.Listener.
func (*Log) TicketMade(happened.Ticket) {}

func (l *Log) event(c happened.Call) event {
	e := event{step: c.Step, call: c.Call.ID, at: l.now()}
	e.fields = map[string]any{"callId": c.Call.ID, "direction": "in"}
	outside, inside := digits(c.Call.E164, c.Call.Number, "anonymous"), digits("", c.Call.DID, "")
	e.fields["from"], e.fields["to"] = outside, inside
	if c.Call.Direction == protocol.Outgoing {
		for _, leg := range c.Call.Legs {
			if leg.Calling {
				inside = leg.Extension
			}
		}
		e.fields["direction"], e.fields["from"], e.fields["to"] = "out", inside, outside
	}
	switch c.Step {
	case happened.Started:
		e.fields["event"] = "newCall"
		if len(c.Agents) > 0 {
			e.fields["user"] = c.Agents
		}
		if c.Call.Line.Name != "" {
			e.fields["queue"] = c.Call.Line.Name
		}
	case happened.Answered:
		e.fields["event"] = "answer"
		e.opens = l.answering(c)
	case happened.Ended:
		e.fields["event"], e.fields["cause"] = "hangup", cause(c)
	}
	return e
}

// answering are the extension and the agent who talks.
func (l *Log) answering(c happened.Call) map[string]any {
	for _, leg := range c.Call.Legs {
		if leg.Answered.IsZero() && !leg.Calling || leg.State == protocol.Ended {
			continue
		}
		who := map[string]any{"answeringNumber": leg.Extension}
		if agents := l.staff().At(leg.Extension); leg.Login != "" {
			who["user"] = leg.Login
		} else if len(agents) == 1 {
			who["user"] = agents[0].Login
		}
		return who
	}
	return nil
}

// cause is why a call ended, in Zammad's words.
func cause(c happened.Call) string {
	if !c.Call.Answered.IsZero() || c.Into != "" {
		return "normalClearing"
	}
	switch c.Call.Cause { // Q.931
	case 1, 28:
		return "notFound"
	case 17:
		return "busy"
	case 18, 19:
		return "noAnswer"
	case 21:
		return "cancel"
	case 34, 42:
		return "congestion"
	}
	if c.Call.Direction == protocol.Incoming {
		return "cancel"
	}
	return "normalClearing"
}

// digits returns a number as Zammad compares it: in E.164 without plus, or else its digits.
func digits(e164, number, none string) string {
	if e164 != "" {
		number = e164
	}
	text := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
	switch {
	case text == "" && strings.ContainsFunc(number, unicode.IsLetter) && none == "":
		return number // a name of the PBX
	case text == "":
		return none
	}
	return text
}

// Run sends until ctx ends.
func (l *Log) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		for _, t := range *l.targets.Load() {
			if t.running {
				continue
			}
			t.running = true
			for _, lane := range t.lanes {
				all.Go(func() { l.follow(ctx, t, lane) })
			}
		}
		select {
		case <-l.changed:
		case <-ctx.Done():
			return
		}
	}
}

// follow sends the events of a lane.
func (l *Log) follow(ctx context.Context, t *target, lane <-chan event) {
	begun := map[string]time.Time{} // calls that Zammad knows
	for {
		select {
		case e := <-lane:
			l.send(ctx, t, e, begun)
		case <-t.gone:
			return
		case <-ctx.Done():
			return
		}
	}
}

// send sends an event of a call that Zammad knows, or begins.
func (l *Log) send(ctx context.Context, t *target, e event, begun map[string]time.Time) {
	_, known := begun[e.call]
	if e.step != happened.Started && !known || e.step == happened.Started && known {
		return
	}
	if e.step == happened.Started && l.now().Sub(e.at) > maxAge {
		return
	}
	fields := maps.Clone(e.fields)
	if t.opens.Load() {
		maps.Copy(fields, e.opens)
	}
	err := l.attempt(ctx, t, fields)
	switch {
	case err == nil && e.step == happened.Started:
		begun[e.call] = l.now()
	case err != nil && ctx.Err() == nil:
		t.report(err, e.call, l.now(), l.log)
	}
	if e.step == happened.Ended {
		delete(begun, e.call)
	}
	for call, at := range begun { // calls whose end was lost
		if len(begun) > maxWaiting && l.now().Sub(at) > 24*time.Hour {
			delete(begun, call)
		}
	}
}

// attempt sends an event until it is accepted, a few times.
func (l *Log) attempt(ctx context.Context, t *target, fields map[string]any) (err error) {
	pause := firstPause
	for n := range attempts {
		var again bool
		if again, err = t.post(ctx, fields); err == nil || !again || n == attempts-1 {
			return err
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// post sends an event once. again: another attempt may succeed.
func (t *target) post(ctx context.Context, fields map[string]any) (again bool, err error) {
	_, err = t.client.Do(ctx, httpclient.Request{
		Method: http.MethodPost, Path: "/api/v1/cti/" + url.PathEscape(t.token), JSON: fields, Writes: true,
	})
	var failed *httpclient.Error
	if !errors.As(err, &failed) {
		return false, err
	}
	switch {
	case fields["event"] == "newCall" && strings.Contains(string(failed.Body), "already exists"):
		return false, nil // an attempt whose answer was lost, or an earlier run of the hub
	case failed.Cause == httpclient.Rejected, failed.Cause == httpclient.Denied, failed.Cause == httpclient.NotFound,
		failed.Cause == httpclient.Untrusted, failed.Cause == httpclient.Redirected:
		return false, err
	}
	return true, err
}

// report logs a failure, not each.
func (t *target) report(err error, call string, now time.Time, log *slog.Logger) {
	t.mu.Lock()
	again := now.Sub(t.logged) < logAgain
	if !again {
		t.logged = now
	}
	t.mu.Unlock()
	if !again {
		log.Error("Zammad does not accept a call into its caller log", "call", call, "zammad", t.URL, "error",
			explain(err))
	}
}

func explain(err error) error {
	var failed *httpclient.Error
	if !errors.As(err, &failed) {
		return err
	}
	switch {
	case failed.Status == http.StatusUnauthorized:
		return fmt.Errorf("the token of its CTI endpoint is wrong; correct caller_log.token: %w", err)
	case strings.Contains(string(failed.Body), "not configured"):
		return fmt.Errorf("CTI (generic) is not enabled in its integrations: %w", err)
	}
	return err
}

// Check reports whether a Zammad would accept calls, without sending one: it ends a call that does not
// exist.
func Check(ctx context.Context, of Target) error {
	t, err := open(of)
	if err != nil {
		return err
	}
	_, err = t.post(ctx, map[string]any{
		"event": "hangup", "callId": "traybell-check", "direction": "in", "from": "anonymous", "to": "0",
		"cause": "normalClearing",
	})
	var failed *httpclient.Error
	if errors.As(err, &failed) && strings.Contains(string(failed.Body), "No such call_id") {
		return nil
	}
	if err == nil {
		return errors.New("it accepts the end of a call that does not exist: is this Zammad's CTI endpoint?")
	}
	return explain(err)
}
