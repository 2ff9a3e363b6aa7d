//go:build e2e

package faults

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"traybell/shared/protocol"
	"traybell/test/accounts"
	"traybell/test/terminal"
)

// desktop is an agent's desktop without a screen: it keeps a card for each live call, signs in again
// when the connection is lost, and sends a press of OK until it is answered, as the program does.
type desktop struct {
	extension string
	address   string

	mu      sync.Mutex
	session *terminal.Terminal // nil: not signed in
	apart   time.Time          // since when it has none
	aparts  []Span
	cards   map[string]*card
	past    []Card
	missed  []string
	presses map[string]*press // unanswered ones, by id
	acts    map[string]*act   // other actions without an answer, by id
	done    []*press
	changed chan struct{} // closed and replaced when cards change
}

type card struct {
	protocol.Call
	since time.Time
}

type press struct {
	Press
	id string
}

// act is an action that is sent until it is answered.
type act struct {
	id, name string
	data     any
	done     chan error // of one
}

func newDesktop(extension, address string) *desktop {
	return &desktop{
		extension: extension, address: address, apart: time.Now(), cards: map[string]*card{},
		presses: map[string]*press{}, acts: map[string]*act{}, changed: make(chan struct{}),
	}
}

// run keeps the session until ctx ends.
func (d *desktop) run(ctx context.Context) {
	for ctx.Err() == nil {
		if s, opened, err := d.signIn(ctx); err == nil {
			d.opened(ctx, s, opened)
			for {
				m, err := s.Next(ctx)
				if err != nil {
					break
				}
				d.message(ctx, m)
			}
			d.lost()
			_ = s.CloseNow()
		}
		pause(ctx, 200*time.Millisecond)
	}
}

func (d *desktop) signIn(ctx context.Context) (*terminal.Terminal, protocol.OpenedSession, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return terminal.SignIn(ctx, d.address, d.extension, password)
}

func (d *desktop) opened(ctx context.Context, s *terminal.Terminal, opened protocol.OpenedSession) {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session = s
	d.aparts = append(d.aparts, Span{accounts.Span{From: d.apart, To: now}, "no session at " + d.extension})
	present := map[string]bool{}
	for _, c := range opened.Calls {
		present[c.ID] = true
		d.show(c, now)
	}
	for id := range d.cards {
		if !present[id] {
			d.close(id, now)
		}
	}
	for _, p := range d.presses {
		d.send(ctx, p)
	}
	for _, a := range d.acts {
		d.sendAct(ctx, a)
	}
}

func (d *desktop) lost() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session, d.apart = nil, time.Now()
}

func (d *desktop) message(ctx context.Context, m protocol.Message) {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.acts[m.Re]; a != nil {
		d.actAnswered(ctx, a, m)
		return
	}
	switch m.Name {
	case protocol.CallEvent:
		var c protocol.Call
		if m.Decode(&c) == nil {
			d.show(c, now)
		}
	case protocol.CallMissed:
		var c protocol.MissedCall
		if m.Decode(&c) == nil {
			d.missed = append(d.missed, c.Call.ID)
		}
	case protocol.TicketCreated:
		var made protocol.CreatedTicket
		if m.Decode(&made) != nil {
			return
		}
		for _, p := range d.presses {
			if p.id == m.Re || m.Re == "" && made.Late && p.Call == made.Call {
				p.Number = made.Number
				d.answered(p)
			}
		}
	case protocol.TicketCreate: // an error
		p, ok := d.presses[m.Re]
		if !ok {
			return
		}
		var failure protocol.Failure
		_ = m.Decode(&failure)
		if failure.Retry {
			time.AfterFunc(time.Second, func() {
				d.mu.Lock()
				defer d.mu.Unlock()
				d.send(ctx, p)
			})
			return
		}
		p.Error = fmt.Sprintf("%s: %s", failure.Code, failure.Text)
		d.answered(p)
	}
}

func (d *desktop) answered(p *press) {
	delete(d.presses, p.id)
	d.done = append(d.done, p)
}

// show takes the new state of a call.
func (d *desktop) show(c protocol.Call, now time.Time) {
	if c.State == protocol.Ended {
		d.close(c.ID, now)
	} else if known, ok := d.cards[c.ID]; ok {
		known.Call = c
	} else {
		d.cards[c.ID] = &card{c, now}
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *desktop) close(id string, now time.Time) {
	if c, ok := d.cards[id]; ok {
		d.past = append(d.past, Card{Call: id, At: d.extension, Span: accounts.Span{From: c.since, To: now}})
		delete(d.cards, id)
	}
}

func (d *desktop) send(ctx context.Context, p *press) {
	if d.session != nil && d.presses[p.id] == p {
		_ = d.session.SendAs(ctx, protocol.TicketCreate, p.id, protocol.CreateTicket{Call: p.Call})
	}
}

// act does something and waits until the hub has answered, also after breaks.
func (d *desktop) act(ctx context.Context, name string, data any) error {
	a := &act{id: rand.Text(), name: name, data: data, done: make(chan error, 1)}
	d.mu.Lock()
	d.acts[a.id] = a
	d.sendAct(ctx, a)
	d.mu.Unlock()
	select {
	case err := <-a.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *desktop) sendAct(ctx context.Context, a *act) {
	if d.session != nil && d.acts[a.id] == a {
		_ = d.session.SendAs(ctx, a.name, a.id, a.data)
	}
}

func (d *desktop) actAnswered(ctx context.Context, a *act, m protocol.Message) {
	var failure protocol.Failure
	if m.Type == protocol.Error {
		_ = m.Decode(&failure)
	}
	if failure.Retry {
		time.AfterFunc(time.Second, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.sendAct(ctx, a)
		})
		return
	}
	delete(d.acts, a.id)
	if m.Type == protocol.Error {
		a.done <- fmt.Errorf("%s: %s", failure.Code, failure.Text)
		return
	}
	a.done <- nil
}

// press presses OK on the first call that fits. It waits a moment for one and reports whether there
// was one.
func (d *desktop) press(ctx context.Context, id string, fits func(protocol.Call) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
	defer cancel()
	for {
		d.mu.Lock()
		changed := d.changed
		for _, c := range d.cards {
			if fits(c.Call) {
				p := &press{Press{Call: c.ID, By: d.extension}, id}
				d.presses[id] = p
				d.send(context.WithoutCancel(ctx), p)
				d.mu.Unlock()
				return true
			}
		}
		d.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// unanswered counts the presses without an answer.
func (d *desktop) unanswered() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.presses)
}

func (d *desktop) evidence(e *Evidence) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e.Cards = append(e.Cards, d.past...)
	for id, c := range d.cards {
		e.Cards = append(e.Cards, Card{Call: id, At: d.extension, Span: accounts.Span{From: c.since}})
	}
	e.Missed = append(e.Missed, d.missed...)
	e.Apart[d.extension] = d.aparts
	for _, p := range d.done {
		e.Presses = append(e.Presses, p.Press)
	}
	for _, p := range d.presses {
		e.Presses = append(e.Presses, p.Press)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
