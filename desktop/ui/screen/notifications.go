package screen

import (
	"context"
	"reflect"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/popup"
)

// Notifications shows cards as the desktop's own notifications, by the same rules: which ones, for
// how long, and what becomes of a press. It is for desktops on which windows of our own cannot be
// shown, and for agents whose screen reader reads notifications. It paints nothing, and so needs no
// display; where on the screen they come is the desktop's to say. As with a Presenter, setters may
// be called from any goroutine.
type Notifications struct {
	*board
	server platform.Notifier
	ctx    context.Context //nolint:containedctx // its own life
	cancel context.CancelFunc

	// What follows belongs to its goroutine.
	up     map[string]*posted // by card
	failed bool               // said in the log
}

// counted is the name of the notification that counts the cards without a place. No card has it.
const counted = ""

// posted is a notification that was shown.
type posted struct {
	id    uint32 // 0: it is gone
	said  platform.Notification
	warns bool // the desktop itself takes it away in time, and may list it then among those that were missed
	acted bool // something was pressed: its going is the desktop's habit, and not the agent's wish
}

// again is how long to wait where the desktop has refused a notification.
const again = time.Second

// NewNotifications starts a presenter on the desktop's notifications. It does not own the server:
// close the presenter first.
func NewNotifications(server platform.Notifier, o Options) *Notifications {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Notifications{board: newBoard(o), server: server, ctx: ctx, cancel: cancel, up: map[string]*posted{}}
	go p.run()
	return p
}

// Close takes all of them back and ends the presenter. It may be called on Fyne's goroutine.
func (p *Notifications) Close() {
	p.cancel()
	p.board.Close()
}

func (p *Notifications) run() {
	defer close(p.ended)
	defer p.takeBack()
	p.machine.Room(popup.Limit)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	p.take(false)
	for {
		now := time.Now()
		timer.Stop()
		if next := p.step(now); !next.IsZero() {
			timer.Reset(next.Sub(now))
		}
		select {
		case <-p.quit:
			return
		case <-p.wake:
			p.take(false)
		case e := <-p.server.Events():
			p.hear(e)
		case <-timer.C:
		}
	}
}

// step brings what is shown to what should be shown now and returns when to do so next.
func (p *Notifications) step(now time.Time) time.Time {
	views, next := p.machine.Step(now)
	wanted := make(map[string]bool, len(views)+1)
	fine := true
	for _, v := range views {
		wanted[v.ID] = true
		if c, known := p.card(v.ID); known {
			fine = p.show(c) && fine
		}
	}
	if n := p.machine.Waiting(); n > 0 {
		wanted[counted] = true
		fine = p.post(counted, platform.Notification{Title: p.set.look.Texts.Count("card.more", n)}) && fine
	}
	for id, n := range p.up {
		if wanted[id] {
			continue
		}
		if c, known := p.card(id); n.id != 0 && (!n.warns || !known || c.Done) {
			p.server.Hide(p.ctx, n.id)
		}
		delete(p.up, id)
	}
	p.report()
	if !fine && (next.IsZero() || next.After(now.Add(again))) {
		return now.Add(again)
	}
	return next
}

func (p *Notifications) show(c model.Card) bool {
	if !p.post(c.ID, p.notification(c)) {
		return false
	}
	p.up[c.ID].warns = c.Kind == model.Warn
	p.shown(c)
	return true
}

// post shows a notification, unless it says the same already.
func (p *Notifications) post(name string, n platform.Notification) bool {
	was := p.up[name]
	if was == nil {
		was = &posted{}
	}
	if was.id != 0 && reflect.DeepEqual(was.said, n) {
		return true
	}
	was.said = n
	n.Replaces = was.id
	id, err := p.server.Show(p.ctx, n)
	if err != nil {
		if !p.failed && !p.closing() {
			p.log.Error("the desktop does not show a notification", "error", err)
		}
		p.failed = true
		return false
	}
	p.failed = false
	was.id, was.acted = id, false
	p.up[name] = was
	return true
}

// hear is what became of a notification, perhaps of another program's.
func (p *Notifications) hear(e platform.NotificationEvent) {
	if e.Lost {
		for _, n := range p.up {
			n.id = 0
		}
		return
	}
	for name, n := range p.up {
		if n.id != e.ID {
			continue
		}
		switch {
		case e.Action != "":
			n.acted = true
			p.act(name, e.Action)
		case e.Closed:
			n.id = 0
			p.closed(name, n, e.Expired)
		}
		return
	}
}

// closed goes by what the agent wanted: a card that was put away stays away. One that went because
// something on it was pressed, or by itself while the phone rings, is shown again by the next step.
func (p *Notifications) closed(name string, n *posted, expired bool) {
	c, known := p.card(name)
	if name == counted || n.acted || expired && known && (c.Sticky || c.Press.State == model.Pressed) {
		return
	}
	p.machine.Close(name, time.Now())
	if !expired {
		p.tell(p.opts.Events.Close, name)
	}
}

// takeBackWithin is how long all of them may take to go: Close waits for it, and a desktop that
// hangs is not to keep the program from its end.
const takeBackWithin = time.Second

// takeBack leaves nothing on the screen. Its own context has ended by then.
func (p *Notifications) takeBack() {
	ctx, cancel := context.WithTimeout(context.Background(), takeBackWithin)
	defer cancel()
	for _, n := range p.up {
		if n.id != 0 {
			p.server.Hide(ctx, n.id)
		}
	}
}
