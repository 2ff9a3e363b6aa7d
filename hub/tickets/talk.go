package tickets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
)

// Talk is the talk time of a call, to be added to its ticket.
type Talk struct {
	Call   string
	Ticket helpdesk.Ticket // the zero one: not made yet
	Agent  staff.Agent
	Time   time.Duration
}

// TalkTimes adds talk times to tickets, however long the help desk is away. Make it with
// NewTalkTimes; any goroutine may use it.
type TalkTimes struct {
	store    Store
	helpDesk helpdesk.Desks
	jobs     *jobs.Runner
	log      *slog.Logger
	// Recording returns a link to the recordings of a call, empty if it has none; nil: none has
	Recording func(ctx context.Context, callID string) string

	mu    sync.Mutex
	calls map[string]bool // whose talk time is being added
}

// NewTalkTimes returns what adds talk times to the tickets of help desks.
func NewTalkTimes(store Store, h helpdesk.Desks, runner *jobs.Runner, log *slog.Logger) *TalkTimes {
	return &TalkTimes{store: store, helpDesk: h, jobs: runner, log: log, calls: map[string]bool{}}
}

// Keep saves a talk time, and adds it if the call has its ticket already.
func (t *TalkTimes) Keep(ctx context.Context, add Talk) {
	err := t.store.KeepTalk(ctx, add.Call, add.Time)
	if err != nil {
		t.log.Error("cannot save talk time", "call", add.Call, "error", err)
	}
	if add.Ticket.ID != "" && (err != nil || t.claim(ctx, add.Call)) {
		t.add(ctx, add, time.Time{})
	}
}

// Add adds the saved talk time of a call, if it has one, to the ticket that was made at last.
func (t *TalkTimes) Add(ctx context.Context, callID string, agents *staff.Staff) {
	r, ok, err := t.store.TicketOf(ctx, callID)
	if err != nil {
		t.log.Error("cannot read talk time", "call", callID, "error", err)
	}
	if ok && r.Talk > 0 && !r.Noted && t.claim(ctx, callID) {
		t.add(ctx, r.talk(agents), time.Time{})
	}
}

// Resume adds a talk time that this hub has claimed, unless that is in progress or done.
func (t *TalkTimes) Resume(ctx context.Context, claimed Request, agents *staff.Staff) {
	r, ok, err := t.store.TicketOf(ctx, claimed.CallID)
	if err == nil && ok && !r.Noted {
		t.add(ctx, r.talk(agents), r.At) // an earlier hub may have added it
	}
}

func (r Request) talk(agents *staff.Staff) Talk {
	return Talk{r.CallID, r.Ticket, staff.Agent{Login: r.Agent, Name: agents.Name(r.Agent)}, r.Talk}
}

// claim claims a talk time before it is added; false: another hub adds it, or has.
func (t *TalkTimes) claim(ctx context.Context, callID string) bool {
	err := t.store.ClaimTalk(ctx, callID, t.jobs.NewClaim())
	if err != nil && !errors.Is(err, jobs.ErrTaken) {
		t.log.Error("cannot claim talk time", "call", callID, "error", err)
	}
	return !errors.Is(err, jobs.ErrTaken)
}

// add adds a talk time. A refused one is logged and dropped. uncertain is when it may have been
// added before; zero: it was not.
func (t *TalkTimes) add(ctx context.Context, add Talk, uncertain time.Time) {
	if !t.begin(add.Call) {
		return
	}
	defer t.end(add.Call)
	if !t.helpDesk.Accounts(add.Ticket) {
		t.ended(ctx, add.Call)
		return
	}
	note := noteOf(add)
	if t.Recording != nil {
		if link := t.Recording(ctx, add.Call); link != "" {
			note.Body += "\nRecording: " + link
		}
	}
	err := t.jobs.Run(ctx, &jobs.Task{
		Name: "talk time of " + add.Call, Fresh: uncertain.IsZero(), Claim: t.jobs.NewClaim(),
		Progress: jobs.Progress{UncertainSince: uncertain},
		Find:     func(ctx context.Context) (bool, error) { return t.helpDesk.With(note.Ticket).Noted(ctx, note) },
		Do:       func(ctx context.Context) error { return t.helpDesk.With(note.Ticket).Append(ctx, note) },
		Keep: func(ctx context.Context, _ jobs.Progress, claim jobs.Claim, _ error) error {
			return t.store.ClaimTalk(ctx, add.Call, claim)
		},
	})
	switch {
	case errors.Is(err, jobs.ErrStopped), errors.Is(err, jobs.ErrTaken):
		return
	case err != nil:
		t.log.Warn("talk time refused", "call", add.Call, "ticket", add.Ticket.Number, "error", err)
	default:
		t.log.Info("talk time added", "call", add.Call, "ticket", add.Ticket.Number, "talk", note.Talk)
	}
	t.ended(ctx, add.Call)
}

// ended saves that a talk time is in the ticket, or never will be.
func (t *TalkTimes) ended(ctx context.Context, callID string) {
	if err := jobs.Keep(ctx, func(ctx context.Context) error { return t.store.EndTalk(ctx, callID) }); err != nil {
		t.log.Error("cannot save that a talk time was added", "call", callID, "error", err)
	}
}

func noteOf(add Talk) helpdesk.Note {
	talked := max(add.Time.Round(time.Second), time.Second)
	note := helpdesk.Note{
		Ticket: add.Ticket, Key: add.Call + " talk", Agent: add.Agent, Talk: talked,
		Subject: "Call ended", Body: fmt.Sprintf("The call lasted %s.", minutes(talked)),
	}
	if who := cmp.Or(add.Agent.Name, add.Agent.Login); who != "" {
		note.Body += "\nTaken by: " + who
	}
	return note
}

func (t *TalkTimes) begin(callID string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	begun := t.calls[callID]
	t.calls[callID] = true
	return !begun
}

func (t *TalkTimes) end(callID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.calls, callID)
}

// minutes formats a duration: "3 min 20 s".
func minutes(d time.Duration) string {
	switch m, s := int(d/time.Minute), int(d%time.Minute/time.Second); {
	case m == 0:
		return fmt.Sprint(s, " s")
	case s == 0:
		return fmt.Sprint(m, " min")
	default:
		return fmt.Sprint(m, " min ", s, " s")
	}
}
