//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"traybell/test/e2e/phones"
	"traybell/test/lab"
)

// TestCallToTicket follows a call from a SIP phone to a ticket in Znuny: real Asterisk, the hub in
// a separate process, the desktop on a display with a window manager, a click on the button, and
// the ticket read from Znuny. The screenshots go to TRAYBELL_SCREENSHOTS.
func TestCallToTicket(t *testing.T) {
	znuny := lab.StartZnuny(t)
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			lab.StartAsterisk(t, version)
			theme := "light"
			if version == "16" {
				theme = "dark" // screenshots of both themes
			}
			r := newRoad(t, theme, znuny)
			r.openTickets("The printer on floor 3 has no toner", "No access to the shared calendar")

			t.Run("a direct call becomes a ticket", func(t *testing.T) {
				r.on(t)
				before := r.focus()
				caller := r.call("74950000001", "84951234567", "Ivan")
				at101 := r.rings("101")
				r.said("popup shown")
				r.picture("ringing", false)
				r.must(at101.Answer(r.ctx))
				r.said("state=answered")
				r.pressOK()
				number := r.ticket()
				r.picture("ticket", false)
				r.inZnuny(number, "ivanov", "Support: Ivan Ivanov")
				if after := r.focus(); after != before {
					t.Errorf("the focus went from window %s to %s", before, after)
				}
				r.typed()
				r.must(caller.HangUp(r.ctx))
				r.said("state=ended")
			})
			t.Run("in a ring group another answers", func(t *testing.T) {
				r.on(t)
				caller := r.call("74950000002", "79161112233", "")
				r.rings("101")
				at102 := r.rings("102")
				r.said("popup shown")
				r.must(at102.Answer(r.ctx))
				r.said("state=answered")
				r.settle()
				r.picture("elsewhere", false)
				r.must(caller.HangUp(r.ctx))
				r.said("state=ended")
			})
			t.Run("a queue", func(t *testing.T) {
				r.on(t)
				caller, _ := r.answered("74950000003", "84951234568", "Olga")
				r.pressOK()
				number := r.ticket()
				r.picture("queue", false)
				r.inZnuny(number, "petrova", "Call from Olga Petrova")
				r.must(caller.HangUp(r.ctx))
				r.said("state=ended")
			})
			t.Run("a second call while the first goes on", func(t *testing.T) {
				r.on(t)
				first, _ := r.answered("74950000001", "84951234567", "Ivan")
				r.pressOK()
				number := r.ticket()
				r.helpDesk(number)
				second := r.call("74950000002", "84951234568", "Olga")
				r.rings("101")
				r.said("popup shown")
				r.picture("desktop", true)
				r.must(second.HangUp(r.ctx))
				r.said("state=ended")
				r.must(first.HangUp(r.ctx))
				r.said("state=ended")
			})
			t.Run("a transfer keeps the outside caller", func(t *testing.T) {
				r.on(t)
				caller, at101 := r.answered("74950000001", "84951234567", "Ivan")
				r.must(at101.WaitHeard(r.ctx)) // Asterisk loses a transfer right after the answer
				r.must(at101.Transfer(r.ctx, "102"))
				at102, err := r.phone["102"].Answer(r.ctx)
				r.must(err)
				r.said(`agents=[agent2]`)
				r.settle()
				r.picture("transferred", false)
				r.must(caller.HangUp(r.ctx))
				r.must(at102.WaitEnded(r.ctx))
				r.said("state=ended")
			})
		})
	}
}

// call places a call from outside.
func (r *road) call(did, number, name string) *phones.Call {
	r.t.Helper()
	c, err := r.trunk.Call(r.ctx, did, number, name)
	r.must(err)
	return c
}

func (r *road) rings(extension string) *phones.Call {
	r.t.Helper()
	c, err := r.phone[extension].WaitRinging(r.ctx)
	r.must(err)
	return c
}

// answered places a call that 101 answers.
func (r *road) answered(did, number, name string) (caller, at101 *phones.Call) {
	r.t.Helper()
	caller = r.call(did, number, name)
	at101 = r.rings("101")
	r.said("popup shown")
	r.must(at101.Answer(r.ctx))
	r.said("state=answered")
	return caller, at101
}

// on uses the road in a subtest and skips the log so far.
func (r *road) on(t *testing.T) {
	r.t = t
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	r.ctx = ctx
	r.clear()
	r.heard = len(r.log.String())
	for _, p := range r.phone {
		p.Forget()
	}
}
