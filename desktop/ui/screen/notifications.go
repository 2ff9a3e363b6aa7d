package screen

import (
	"context"
	"reflect"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/popup"
	"traybell/desktop/system"
	"traybell/shared/protocol"
)

// Notifications shows cards as desktop notifications, by the same rules as a Presenter. It serves
// desktops without card windows, and screen readers. It paints nothing and needs no display;
// the desktop decides on the position. Setters are safe for concurrent use.
type Notifications struct {
	*board
	server system.Notifier
	ctx    context.Context //nolint:containedctx // its own life
	cancel context.CancelFunc

	// The fields below belong to its goroutine.
	up     map[string]*posted // by card
	failed bool               // logged already
}

// moreID is the name of the notification that counts hidden cards. No card has it.
const moreID = ""

// posted is a notification on the screen.
type posted struct {
	id    uint32 // 0: closed
	last  system.Notification
	warns bool // a warning: closed by the desktop, which may list it as missed
	acted bool // an action was pressed: the desktop may close it, not the agent
}

// retryDelay is the delay after a failure to show a notification.
const retryDelay = time.Second

// NewNotifications starts a presenter. It does not own the server: close the presenter first.
func NewNotifications(server system.Notifier, o Options) *Notifications {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Notifications{board: newBoard(o), server: server, ctx: ctx, cancel: cancel, up: map[string]*posted{}}
	go p.run()
	return p
}

// Close hides all notifications and ends the presenter. It may be called on Fyne's goroutine.
func (p *Notifications) Close() {
	p.cancel()
	p.board.Close()
}

func (p *Notifications) run() {
	defer close(p.ended)
	defer p.hideAll()
	p.machine.Room(popup.Limit)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	p.apply(false)
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
			p.apply(false)
		case e := <-p.server.Events():
			p.handle(e)
		case <-timer.C:
		}
	}
}

// step updates the notifications and returns when the next step is due.
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
		wanted[moreID] = true
		fine = p.post(moreID, system.Notification{Title: p.active.look.Texts.Count("card.more", n)}) && fine
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
	p.reportGone()
	if !fine && (next.IsZero() || next.After(now.Add(retryDelay))) {
		return now.Add(retryDelay)
	}
	return next
}

func (p *Notifications) show(c model.Card) bool {
	if !p.post(c.ID, p.notification(c)) {
		return false
	}
	p.up[c.ID].warns = c.Kind == model.Warn
	p.reportShown(c, func() (protocol.ShownAs, string) { return protocol.AsNotification, "" })
	return true
}

// post shows a notification, unless it is unchanged.
func (p *Notifications) post(name string, n system.Notification) bool {
	was := p.up[name]
	if was == nil {
		was = &posted{}
	}
	if was.id != 0 && reflect.DeepEqual(was.last, n) {
		return true
	}
	was.last = n
	n.Replaces = was.id
	id, err := p.server.Show(p.ctx, n)
	if err != nil {
		if !p.failed && !p.closing() {
			p.log.Error("cannot show notification", "error", err)
		}
		p.failed = true
		return false
	}
	p.failed = false
	was.id, was.acted = id, false
	p.up[name] = was
	return true
}

// handle handles an event, perhaps of another program's notification.
func (p *Notifications) handle(e system.NotificationEvent) {
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

// closed keeps a notification closed if the agent closed it. One closed by a press or a timeout
// while the phone rings is shown again by the next step.
func (p *Notifications) closed(name string, n *posted, expired bool) {
	c, known := p.card(name)
	if name == moreID || n.acted || expired && known && (c.Sticky || c.Press.State == model.Pressed) {
		return
	}
	p.machine.Close(name, time.Now())
	if !expired {
		p.notify(p.opts.Events.Close, name)
	}
}

// hideTimeout limits the time to hide all notifications: Close waits for it, and a hanging desktop
// must not block the program's exit.
const hideTimeout = time.Second

// hideAll hides all notifications. The presenter's context has ended by then.
func (p *Notifications) hideAll() {
	ctx, cancel := context.WithTimeout(context.Background(), hideTimeout)
	defer cancel()
	for _, n := range p.up {
		if n.id != 0 {
			p.server.Hide(ctx, n.id)
		}
	}
}
