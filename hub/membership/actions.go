package membership

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/hub/pbx"
	"traybell/hub/queues"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// carryOut carries out tasks of Run, one after the other. What fails is tried again later.
func (s *Service) carryOut(ctx context.Context, id string, todo []task) {
	for _, t := range todo {
		err := s.perform(ctx, id, t)
		s.mu.Lock()
		w := t.wish
		if err == nil {
			w.named = true
			if w.fails++; w.fails > 1 { // the PBX agrees, and nothing happens
				w.busy = s.o.Now().Add(later(w.fails))
			}
		} else {
			w.fails++
			w.busy = s.o.Now().Add(later(w.fails))
			if w.fails == 1 && ctx.Err() == nil {
				s.o.Log.Warn("cannot change who takes calls of a queue; the hub tries again", "pbx", id,
					"queue", w.Queue, "agent", w.Login, "wanted", w.State, "error", err)
			}
		}
		s.mu.Unlock()
	}
	s.mu.Lock()
	if at := s.sites[id]; at != nil {
		at.running = false
	}
	board := s.boards[id]
	s.mu.Unlock()
	if board != nil && !board.Heard() {
		s.read(id)
	}
	s.notify()
}

// later is the pause before the next attempt.
func later(fails int) time.Duration { return min(settle<<min(fails, 10), most) }

// perform sends the actions of a task.
func (s *Service) perform(ctx context.Context, id string, t task) error {
	p, ok := s.o.PBXs.PBX(id)
	if !ok {
		return pbx.ErrNotConnected
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	to := pbx.QueueingOf(p)
	for _, step := range t.steps {
		var err error
		switch step.do {
		case adds:
			if step.add.Penalty == 0 {
				step.add.Penalty = penalty(ctx, p, step)
			}
			if number := (queues.Member{Interface: step.add.Interface}).Mobile(); number != "" {
				s.mu.Lock()
				s.mobiles[t.wish.key()] = known{number: number} // no news when it appears
				s.mu.Unlock()
			}
			if err = ignore(to.Add(ctx, step.queue, step.add), "already there"); err == nil {
				s.light(ctx, p, step.queue, step.add.Interface, "INUSE")
			}
		case removes:
			if err = ignore(to.Remove(ctx, step.queue, step.member), "not there"); err == nil {
				s.light(ctx, p, step.queue, step.member, "NOT_INUSE")
			}
		case pauses:
			err = to.Pause(ctx, step.queue, step.member, step.paused, step.reason)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// light sets the lamps of the keys that log in to a queue of FreePBX, one for each device of the user:
// its own login by *45 does the same. The lamps of *46 are Asterisk's.
func (s *Service) light(ctx context.Context, p *pbx.PBX, queue, member, state string) {
	phone, ofFreePBX := strings.CutPrefix(member, "Local/")
	phone, end, _ := strings.Cut(phone, "@")
	if !ofFreePBX || !strings.HasPrefix(end, "from-queue/") || !p.Status().May("Setvar") {
		return
	}
	devices := phone
	if p.Status().May("DBGet") {
		if known, ok, err := p.DBGet(ctx, "AMPUSER/"+phone, "device"); err == nil && ok && known != "" {
			devices = known
		}
	}
	for i, device := range strings.Split(devices, "&") {
		if i == mostDevices || device == "" || strings.ContainsAny(device, "()\r\n") {
			return
		}
		if err := p.Steering().SetDeviceState(ctx, "QUEUE"+device+"*"+queue, state); err != nil {
			s.o.Log.Warn("cannot set the lamp of a queue's key", "device", device, "queue", queue, "error", err)
			return
		}
	}
}

// mostDevices bounds the devices of a user.
const mostDevices = 20

// penalty is that of an extension in a queue of FreePBX; 0 if there is none.
func penalty(ctx context.Context, p *pbx.PBX, s step) int {
	if !p.Status().May("DBGet") {
		return 0
	}
	value, _, err := p.DBGet(ctx, "QPENALTY/"+s.queue+"/agents", s.phone)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(value))
	return max(n, 0)
}

// ignore drops the error of an action that was done before.
func ignore(err error, answer string) error {
	refused := new(pbx.ResponseError)
	if errors.As(err, &refused) && strings.Contains(strings.ToLower(refused.Answer), answer) {
		return nil
	}
	return err
}

// Control does something with an agent's place in a queue, or in all that the agent has if in names
// none. It returns when the PBX shows that it happened. Errors are *fail.Error.
func (s *Service) Control(ctx context.Context, a staff.Agent, do protocol.QueueControl, in protocol.SetQueue) error {
	reason, err := freetext.Clean("reason", strings.ReplaceAll(in.Reason, "\n", " "), protocol.MaxPauseReason)
	if err != nil {
		return err
	}
	rules := s.o.Rules()
	var of []Queue
	for _, q := range rules.Queues {
		if q.Has(a.Login) && (in.Name == "" || q.Name == in.Name && (in.PBX == "" || q.PBX == in.PBX)) {
			of = append(of, q)
		}
	}
	switch {
	case len(of) > 0:
	case in.Name == "":
		return fail.New(protocol.QueueNone, "")
	default:
		return fail.New(protocol.QueueNotYours, in.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done, first := 0, error(nil)
	for _, q := range of {
		is := s.Place(q, a)
		if in.Name == "" && is.State == protocol.QueueOut && do != protocol.QueueJoins {
			continue // all means those where the agent is
		}
		if err := s.control(ctx, a, do, q, is, reason); err != nil {
			first = errors.Join(first, err)
			continue
		}
		done++
	}
	if first == nil && done == 0 {
		return fail.New(protocol.QueueNotIn, of[0].Name)
	}
	return first
}

func (s *Service) control(ctx context.Context, a staff.Agent, do protocol.QueueControl, q Queue, is Place,
	reason string,
) error {
	if err := s.possible(q, do, is); err != nil {
		return err
	}
	next := &Wish{
		PBX: q.PBX, Queue: q.Name, Login: a.Login, State: protocol.QueueIn, Hand: true,
		Phones: slices.Clone(a.Extensions),
	}
	s.mu.Lock()
	work := s.work[a.Login]
	s.mu.Unlock()
	switch {
	case do == protocol.QueueLeaves:
		next.State = protocol.QueueOut
	case do == protocol.QueuePauses:
		next.State, next.Reason = protocol.QueuePaused, reason
	case do == protocol.QueueJoins && work.State == protocol.QueuePaused: // the agent has a pause
		next.State, next.Reason, next.Hand = work.State, work.Reason, false
	case do == protocol.QueueJoins, do == protocol.QueueResumes && work.State != protocol.QueuePaused:
		next.Hand = false // from now on as the state of the agent says
	}
	return s.wishNow(ctx, q, next)
}

// possible returns why something cannot be done now.
func (s *Service) possible(q Queue, do protocol.QueueControl, is Place) error {
	p, ok := s.o.PBXs.PBX(q.PBX)
	if !ok {
		return fail.New(protocol.ControlPBXDown, q.PBX)
	}
	board := s.Board(q.PBX)
	switch status := p.Status(); {
	case status.State != protocol.PBXWorking || board.Connects() == 0:
		return fail.New(protocol.ControlPBXDown, q.PBX)
	case len(status.Rights) > 0 && (!status.May("QueuePause") || !status.May("QueueAdd")): // none: not known yet
		return fail.New(protocol.ControlPBXRight, "").Explain(
			"The manager user of the PBX %s needs %q to change queues.",
			q.PBX, pbx.RightQueues)
	}
	if _, ok := board.Queue(q.Name); !ok {
		return fail.New(protocol.QueueUnknown, q.Name)
	}
	if is.State == protocol.QueueOut && (do == protocol.QueuePauses || do == protocol.QueueResumes) {
		return fail.New(protocol.QueueNotIn, q.Name)
	}
	return nil
}

// wishNow replaces a wish, and waits until the PBX agrees. If it does not, the wish is as before.
func (s *Service) wishNow(ctx context.Context, q Queue, next *Wish) error {
	k, state, reason := next.key(), next.State, next.Reason
	s.mu.Lock()
	before := s.wishes[k]
	s.wishes[k], s.unkept = next, true
	board := s.boards[q.PBX]
	next.busy = s.o.Now().Add(settle)
	s.mu.Unlock()
	done := func() bool {
		seen, ok := board.Queue(q.Name)
		s.mu.Lock()
		defer s.mu.Unlock()
		return ok && len(s.steps(q, next, s.at(q.PBX, seen, next.Login, next.Phones))) == 0
	}
	s.mu.Lock()
	seen, _ := board.Queue(q.Name)
	steps := s.steps(q, next, s.at(q.PBX, seen, next.Login, next.Phones))
	s.mu.Unlock()
	err := s.perform(ctx, q.PBX, task{wish: next, steps: steps})
	if err == nil {
		s.mu.Lock()
		next.named = true
		s.mu.Unlock()
		if !board.Heard() {
			s.read(q.PBX)
		}
		err = s.await(ctx, done)
	}
	if err != nil {
		s.mu.Lock()
		if s.wishes[k] == next {
			delete(s.wishes, k)
			if before != nil {
				s.wishes[k] = before
			}
		}
		s.mu.Unlock()
	}
	s.notify()
	s.o.Log.Info("place in a queue", "pbx", q.PBX, "queue", q.Name, "agent", next.Login, "state", state,
		"reason", reason, "error", err)
	return failure(q, err)
}

// await waits until something is so.
func (s *Service) await(ctx context.Context, so func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if so() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func failure(q Queue, err error) error {
	refused := new(pbx.ResponseError)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pbx.ErrNotConnected):
		return fail.New(protocol.ControlPBXDown, q.PBX)
	case errors.As(err, &refused):
		return fail.New(protocol.ControlPBXRefused, strings.TrimSuffix(refused.Answer, ".")).Because(err)
	}
	return fail.New(protocol.QueueUnproven, q.Name).Because(err)
}

// Place returns where an agent is in a queue.
func (s *Service) Place(q Queue, a staff.Agent) Place {
	seen, ok := s.Board(q.PBX).Queue(q.Name)
	if !ok {
		return Place{State: protocol.QueueOut}
	}
	return placeOf(s.at(q.PBX, seen, a.Login, a.Extensions))
}

// Can returns what an agent who is there may do with a queue now.
func (s *Service) Can(q Queue, is Place) []protocol.QueueControl {
	list := []protocol.QueueControl{protocol.QueueLeaves, protocol.QueuePauses}
	switch is.State {
	case protocol.QueueOut:
		list = []protocol.QueueControl{protocol.QueueJoins}
	case protocol.QueuePaused:
		list[1] = protocol.QueueResumes
	case protocol.QueueIn:
	}
	if s.possible(q, list[0], is) != nil {
		return nil
	}
	return list
}

// SetWork says what the state of an agent means for the agent's queues. It does not block. A place that
// somebody has chosen for one queue stays until the agent has been out of all.
func (s *Service) SetWork(a staff.Agent, work Work) {
	rules := s.o.Rules()
	s.mu.Lock()
	s.work[a.Login] = work
	for _, q := range rules.Queues {
		if !q.Has(a.Login) {
			continue
		}
		k := key{q.PBX, q.Name, a.Login}
		w := s.wishes[k]
		switch {
		case w == nil:
		case work.State == protocol.QueueOut && w.State == work.State: // the next state counts for this queue, too
			s.unkept = s.unkept || w.Hand
			w.Hand = false
			continue
		case work.State != protocol.QueueOut && w.Hand, w.State == work.State && w.Reason == work.Reason:
			continue
		}
		s.wishes[k] = &Wish{
			PBX: q.PBX, Queue: q.Name, Login: a.Login, State: work.State, Reason: work.Reason,
			Phones: slices.Clone(a.Extensions),
		}
		s.unkept = true
	}
	s.mu.Unlock()
	s.notify()
}
