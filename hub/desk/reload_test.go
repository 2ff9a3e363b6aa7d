package desk

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

func (o *office) reload(change func(*setup)) {
	o.t.Helper()
	change(&o.setup)
	if err := o.Reload(o.ctx, o.setup.rules(o.t), func() error { return nil }); err != nil {
		o.t.Fatal(err)
	}
	synctest.Wait()
}

func TestReloadRoutesLiveCallsAgain(t *testing.T) {
	line := func(teams ...string) []tracking.Line {
		return []tracking.Line{{Number: "74950000001", Name: "Sales", Teams: teams, Show: tracking.ShowRinging}}
	}
	open(t, line("sales"), func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		o.expect("ringing looking → boris", "ringing known → boris")
		o.reload(func(*setup) {})
		o.expect() // nothing changed, so nothing is sent
		o.reload(func(n *setup) { n.Lines = line("sales", "support") })
		o.expect("ringing known → anna boris")
		o.reload(func(n *setup) { n.Lines = line("support") }) // Boris saw the call, so he keeps it
		o.expect()
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		o.expect("ringing known → anna boris")
		// With the German region, the Moscow number is another one.
		german, err := phone.NewReader("DE", nil)
		if err != nil {
			t.Fatal(err)
		}
		o.reload(func(n *setup) { n.Rules.Numbers = german })
		if told := strings.Join(o.shown(), "; "); !strings.HasSuffix(told, "ringing unknown → anna boris") {
			t.Errorf("with other numbers: %s", told)
		}
	})
}

func TestReloadSendsWhatChanged(t *testing.T) {
	open(t, nil, func(o *office) {
		o.reload(func(n *setup) { n.Rules.Settings.Language = "ru" })
		o.expect("settings → anna boris clara")
		o.reload(func(n *setup) {
			renamed := boris
			renamed.Name = "Boris Borisov"
			n.Agents = []staff.Agent{anna, renamed, {Login: "dina", Name: "Dina", Extensions: []string{"104"}}}
			n.Rules.Settings.Language = "en"
		})
		o.expect("session.opened → boris", "settings → anna")
		o.reload(func(n *setup) { n.Rules.PBXs = []string{"main", "branch"} })
		o.expect("pbx → anna boris dina")
		o.change(begun("84951234567", leg("101", protocol.Ringing)))
		o.shown()
		if err := o.Left(o.ctx, "main", time.Now()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		o.expect("ended known → anna")
		o.reload(func(n *setup) { n.Rules.PBXs = []string{"branch"} })
		o.expect("session.opened → anna", "session.opened → boris", "session.opened → dina")
		if s, err := o.Stats(o.ctx); err != nil || len(s.Calls) != 0 || s.Told != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		time.Sleep(endedStays + 2*time.Minute)
		if err := o.wait(o.ctx, func(l *loop) {
			if len(l.calls) != 0 {
				t.Errorf("%d calls of a disabled PBX are kept", len(l.calls))
			}
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestFailedReloadChangesNothing(t *testing.T) {
	open(t, nil, func(o *office) {
		refuse := func() error { return context.DeadlineExceeded }
		changed := o.setup
		changed.Agents, changed.Rules.Settings.Language = nil, "ru"
		if err := o.Reload(o.ctx, changed.rules(t), refuse); err == nil {
			t.Error("the rules are accepted")
		}
		changed.Lines = []tracking.Line{{Number: "1", Template: "nothing"}}
		if err := o.Reload(o.ctx, changed.rules(t), refuse); err == nil ||
			!strings.Contains(err.Error(), `no ticket template "nothing"`) {
			t.Errorf("%v", err)
		}
		o.expect()
		if r := o.Rules(); len(r.Staff.Agents()) != 3 || r.Settings.Language != "" {
			t.Errorf("%+v", r)
		}
	})
}

func TestReloadRenamesTicketsAuthor(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Answered), leg("102", protocol.Ringing)))
		if _, failure := o.press(anna, "1"); failure != nil {
			t.Fatal(failure)
		}
		o.reload(func(n *setup) {
			renamed := anna
			renamed.Name = "Anna Sidorova"
			n.Agents = []staff.Agent{renamed, boris}
		})
		if c := o.card(); c.Ticket == nil || c.Ticket.By != "Anna Sidorova" || c.Legs[0].Agent != "Anna Sidorova" {
			t.Errorf("after the reload: %+v, %+v", c.Ticket, c.Legs)
		}
	})
}

// An agent joins while the loop is busy, and gives up. Later nothing signs the session in, and a
// session that is being signed in waits for the end.
func TestJoinGivesUpWhileTheLoopIsBusy(t *testing.T) {
	open(t, nil, func(o *office) {
		busy, free := make(chan struct{}), make(chan struct{})
		block := func(*loop) { close(busy); <-free }
		if err := o.queue.Do(o.ctx, block); err != nil {
			t.Fatal(err)
		}
		<-busy
		ctx, giveUp := context.WithCancel(o.ctx)
		joined, result := false, make(chan error)
		go func() { result <- o.Join(ctx, anna, func(protocol.OpenedSession) { joined = true }) }()
		synctest.Wait()
		giveUp()
		if err := <-result; err == nil {
			t.Error("joined a busy loop")
		}
		close(free)
		synctest.Wait()
		if joined {
			t.Error("joined after giving up")
		}

		ctx, giveUp = context.WithCancel(o.ctx)
		go func() {
			result <- o.Join(ctx, anna, func(protocol.OpenedSession) {
				giveUp()
				time.Sleep(time.Second)
				joined = true
			})
		}()
		if err := <-result; err != nil || !joined {
			t.Errorf("gave up in the middle: %v", err)
		}
	})
}
