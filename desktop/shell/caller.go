package shell

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/ui"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

// actWithin is how long a window waits for the hub: as long as it needs to ask every PBX, and a
// bit.
const actWithin = 45 * time.Second

// openCaller opens the window about a call's caller. It belongs to Fyne's goroutine.
func (s *shell) openCaller(id string) {
	if strings.HasPrefix(id, testCall) {
		s.post(func() { s.pressTest(id) })
		return
	}
	var in ui.Caller
	var number string
	var found bool
	if !s.canOpen() || !s.ask(func() {
		var call protocol.Call
		if call, found = s.known(id); !found {
			return
		}
		number = cmp.Or(call.E164, call.Number)
		in = s.caller(call)
	}) || !found || number == "" {
		return
	}
	hide := func() { s.windows.Hide(callerWindow) }
	tall := float32(600)
	if !in.MayBlock {
		tall = 420
	}
	form := ui.NewCallerForm(s.texts, in, ui.CallerActions{
		Note: func(color protocol.Color, comment string, done func(string)) {
			s.act(protocol.CategorySet, protocol.SetCategory{Number: number, Color: color, Comment: comment},
				func(_ protocol.Message, failure string) {
					done(failure)
				})
		},
		Block: func(reason string, done func(*protocol.Block, string, string)) {
			s.act(protocol.CallerBlock, protocol.BlockCaller{Number: number, Reason: reason}, blocked(nil, done))
		},
		Unblock: func(was *protocol.Block, done func(*protocol.Block, string, string)) {
			s.act(protocol.CallerUnblock, protocol.BlockCaller{Number: number}, blocked(was, done))
		},
		Close: hide,
	})
	s.windows.Open(callerWindow, s.texts.Say("category.title"), form.Content(), fyne.NewSize(500, tall), nil)
}

// caller is what the window shows of a call. It belongs to the shell's goroutine.
func (s *shell) caller(call protocol.Call) ui.Caller {
	in := ui.Caller{
		Number: cmp.Or(call.Display, call.Number), Category: call.Caller.Category, Look: s.look,
		Blocked: call.Caller.Blocked,
		MayNote: s.terminal.May(protocol.RightCategory), MayBlock: s.terminal.May(protocol.RightBlock),
	}
	if c := only(call.Caller.Customers); c != nil {
		in.Who = cmp.Or(c.Name, c.Login)
		if c.Company != "" {
			in.Who += " — " + c.Company
		}
	}
	for _, p := range s.terminal.PBXs() {
		in.PBXs = append(in.PBXs, p.ID)
	}
	return in
}

// blocked reads what answers caller.block and caller.unblock; was is how it stood before.
func blocked(was *protocol.Block, done func(*protocol.Block, string, string)) func(protocol.Message, string) {
	return func(m protocol.Message, failure string) {
		var told protocol.BlockedCaller
		if failure == "" {
			if err := m.Decode(&told); err != nil {
				failure = err.Error()
			}
		}
		if failure != "" {
			done(was, "", failure)
			return
		}
		done(blockOf(told), told.Text, "")
	}
}

// act has the hub do something for a window. It belongs to Fyne's goroutine, on which done is told
// what came of it: an answer, or a sentence that says why there is none.
func (s *shell) act(name string, data any, done func(answer protocol.Message, failure string)) {
	s.post(func() {
		s.request(name, data, func(answer protocol.Message, failure string) {
			s.loop.Do(func() { done(answer, failure) })
		})
	})
}

// request is act for the shell's goroutine, on which done is told.
func (s *shell) request(name string, data any, done func(answer protocol.Message, failure string)) {
	m, err := protocol.New(protocol.Action, name, data)
	if err != nil {
		done(m, err.Error())
		return
	}
	if s.status.State != client.Working || s.signedIn == nil {
		done(m, s.tooltip())
		return
	}
	c, onLine := s.signedIn, s.onLine
	go func() {
		ctx, cancel := context.WithTimeout(onLine, actWithin)
		defer cancel()
		answer, err := c.Do(ctx, m)
		s.post(func() {
			var denied *client.Denied
			switch {
			case errors.As(err, &denied):
				done(answer, denied.Text)
			case err != nil:
				s.log.Warn("an action was not answered", "action", name, "error", err)
				done(answer, s.texts.Say("notice.no_hub"))
			default:
				done(answer, "")
			}
		})
	}()
}

// blockOf is how a number is blocked now; nil where it is not.
func blockOf(told protocol.BlockedCaller) *protocol.Block {
	if !told.Blocked {
		return nil
	}
	return &protocol.Block{By: told.By, At: told.At, Reason: told.Reason, Failed: told.Failed}
}

// noteBlocked updates earlier calls; the hub sends the current ones again.
func (s *shell) noteBlocked(b protocol.BlockedCaller) {
	if b.Number == "" {
		return
	}
	for i := range s.earlier.calls {
		if c := &s.earlier.calls[i]; b.Number == cmp.Or(c.Caller.Category.Number, c.E164, c.Number) {
			c.Caller.Blocked = blockOf(b)
		}
	}
	s.loop.Do(s.refreshWindows)
}

// only is the customer where it is clear who calls.
func only(customers []protocol.Customer) *protocol.Customer {
	if len(customers) != 1 {
		return nil
	}
	return &customers[0]
}
