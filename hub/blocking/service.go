package blocking

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	lookupTime  = 20 * time.Second // lookups before an action
	actTime     = 20 * time.Second // one action on all PBXs
	catchUpTime = time.Minute      // after that, no further action starts on a PBX that has connected
)

// Rules are the blocking settings of hub.yml. They are immutable; a reload makes new ones.
type Rules struct {
	Numbers *phone.Reader
	// numbers, dialplan patterns ("_2XXXXX") and customer logins that are never blocked
	Protected []string
	Extension func(number string) bool // hub.yml says that a number is an extension
}

// Calls are the live calls and the agents who see them. It must not wait for the Service.
type Calls interface {
	// Presented returns, by PBX, the numbers of callers outside with that phone.Number.Key, as the
	// PBX presents them.
	Presented(ctx context.Context, key string) (map[string][]string, error)
	// BlockChanged shows a block on the live calls with its number and notifies all agents except
	// the login except, who gets the result of Block or Unblock instead.
	BlockChanged(ctx context.Context, b Block, except string)
}

// Directory finds customers by number.
type Directory interface {
	Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error)
}

// Options configure a Service.
type Options struct {
	Switchboard Switchboard
	Store       Store
	Directory   Directory
	Unread      func() []string // names of directories that were never read; nil: none
	Calls       Calls
	Rules       func() Rules  // returns the current rules; called from any goroutine
	Owner       string        // claims actions; see jobs.LoadOwner
	Lease       time.Duration // zero: as jobs.Options says
	Log         *slog.Logger
	Now         func() time.Time // default: time.Now
}

// Service blocks and unblocks callers on all PBXs. It is safe for concurrent use and starts no
// goroutine.
type Service struct {
	Options
	runner *jobs.Runner
	acting sync.Mutex // held during an action: on every PBX the last one wins
}

// New creates a service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{Options: o, runner: jobs.New(jobs.Options{
		Pace: jobs.Pace{Attempt: actTime}, Owner: o.Owner, Lease: o.Lease, Log: o.Log, Now: o.Now,
		Classify: func(err error) jobs.Outcome {
			return jobs.Outcome{Retry: true, Refused: errors.Is(err, errNoEffect)}
		},
	})}
}

// Result is the result of an action.
type Result struct {
	Block   Block
	Told    protocol.BlockedCaller // for the agent
	Partial bool                   // incomplete on the PBXs in Told.Failed
}

// Block blocks a number on every enabled PBX, in every form in which that PBX may present it. The
// number is as a call shows it, or typed. Errors are *fail.Error. Once started, an action is
// completed even if ctx ends.
func (s *Service) Block(ctx context.Context, a staff.Agent, number, reason string) (Result, error) {
	return s.press(ctx, a, number, reason, true)
}

// Unblock removes a number from the blacklists of all PBXs, as Block.
func (s *Service) Unblock(ctx context.Context, a staff.Agent, number, reason string) (Result, error) {
	return s.press(ctx, a, number, reason, false)
}

// Of returns the block of a number for agents; nil if it is not blocked or cannot be read. key is a
// phone.Number.Key.
func (s *Service) Of(ctx context.Context, key string) *protocol.Block {
	if key == "" {
		return nil
	}
	b, ok, err := s.Store.LastBlock(ctx, key)
	if err != nil && ctx.Err() == nil {
		s.Log.Warn("cannot read the block of a number", "number", key, "error", err)
	}
	if err != nil || !ok {
		return nil
	}
	return b.Seen()
}

func (s *Service) press(ctx context.Context, a staff.Agent, text, reason string, blocked bool) (Result, error) {
	if !a.May(protocol.RightBlock) {
		return Result{}, fail.New(protocol.RightMissing, protocol.RightBlock)
	}
	if len(s.Switchboard.PBXs()) == 0 {
		return Result{}, fail.New(protocol.BlockNoPBX, "")
	}
	rules := s.Rules()
	number, err := outsideNumber(rules.Numbers, text)
	if err != nil {
		return Result{}, err
	}
	if reason, err = freetext.Clean("text", reason, longestReason); err != nil {
		return Result{}, err
	}
	ctx = context.WithoutCancel(ctx)
	s.acting.Lock()
	defer s.acting.Unlock()
	b := Block{
		Number: number.Key(), Blocked: blocked, Reason: reason, Agent: a.Login, Name: a.Name, At: s.Now().UTC(),
		State: Pending, Claim: s.runner.NewClaim(),
	}
	w := &act{Service: s, b: &b, fresh: true}
	if err := w.begin(ctx, rules, number); err != nil {
		return Result{}, err
	}
	err = w.run(ctx)
	s.Log.Info("block changed", "number", b.Number, "blocked", blocked, "agent", a.Login, "state", b.State,
		"failed", w.did.reasons)
	return w.result(ctx, err)
}

// result returns the result of an action.
func (w *act) result(ctx context.Context, err error) (Result, error) {
	failed, partial := protocol.UnblockFailed, protocol.UnblockPartial
	if w.b.Blocked {
		failed, partial = protocol.BlockFailed, protocol.BlockIncomplete
	}
	pbxs := strings.Join(sortedKeys(w.did.reasons), ", ")
	switch {
	case w.b.State == Failed && !w.did.failed():
		return Result{}, fail.New(protocol.NumberNotBlocked, "")
	case w.b.State == Failed:
		return Result{}, fail.New(failed, pbxs).Because(err).Explain("%s", w.did.why())
	}
	w.Calls.BlockChanged(ctx, *w.b, w.b.Agent)
	r := Result{Block: *w.b, Told: w.b.Told(), Partial: w.did.failed()}
	if r.Partial {
		r.Told.Problem, r.Told.Text = partial, fail.Text(partial, pbxs)
	}
	return r, nil
}

// Connected completes actions on a PBX that has just connected and notifies the agents of each. It
// returns when that is done.
func (s *Service) Connected(ctx context.Context, pbx string) {
	s.acting.Lock()
	defer s.acting.Unlock()
	claimed, err := s.Store.ClaimBlocks(ctx, pbx, s.runner.NewClaim())
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		s.Log.Error("cannot read incomplete blocks", "pbx", pbx, "error", err)
		return
	}
	deadline := s.Now().Add(catchUpTime)
	for _, b := range claimed {
		w := &act{Service: s, b: &b}
		if s.Now().After(deadline) || ctx.Err() != nil {
			w.end(ctx) // unchanged: another PBX or hub may continue
			continue
		}
		if err := w.run(ctx); err != nil {
			s.Log.Warn("block not completed", "pbx", pbx, "number", b.Number, "blocked", b.Blocked, "error", err)
			continue
		}
		s.Log.Info("block completed", "pbx", pbx, "number", b.Number, "blocked", b.Blocked)
		s.Calls.BlockChanged(ctx, b, "")
	}
}

// outcome is the result of one attempt.
type outcome struct {
	reasons   map[string]string // by PBX: why it is incomplete
	changed   bool              // something was written or deleted
	uncertain bool              // something may have been written or deleted
}

func (o outcome) failed() bool { return len(o.reasons) > 0 }

func (o outcome) why() string {
	var all []string
	for _, pbx := range sortedKeys(o.reasons) {
		all = append(all, o.reasons[pbx])
	}
	return strings.Join(all, "; ")
}
