// Package dialling places the agent's calls, and says why one was not placed. It belongs to the
// shell's goroutine.
package dialling

import (
	"cmp"
	"slices"
	"strings"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// Session sends requests to the hub. done gets the answer, or why there is none.
type Session interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// Dialling places calls.
type Dialling struct {
	Session  Session
	Terminal *model.Terminal
	Texts    *translations.Texts
	Warn     func(name, title, text string) // shows a card
	Open     func(number string)            // opens the window to dial
	Own      func() settings.Own
}

// recent is how many of the last calls are read.
const recent = 100

// May reports whether the agent may dial, as far as the hub has said.
func (d Dialling) May() bool {
	return d.some(func(p protocol.PBX) bool { return p.Dial })
}

// MayRing reports whether the agent's phone may ring at a test call, as far as the hub has said.
func (d Dialling) MayRing() bool {
	return d.some(func(p protocol.PBX) bool { return p.Ring })
}

// some reports whether the agent may use a PBX of a kind.
func (d Dialling) some(of func(protocol.PBX) bool) bool {
	return d.Terminal.May(protocol.RightControl) && slices.ContainsFunc(d.Terminal.PBXs(), of)
}

// Dial has the agent's phone ring. done gets why it does not, a sentence; nil: a card says so.
func (d Dialling) Dial(in protocol.DialNumber, done func(failure string)) {
	if done == nil {
		done = func(failure string) {
			if failure != "" {
				d.Warn("dial", "notice.dial_failed", failure)
			}
		}
	}
	d.Session.Request(protocol.CallDial, in, func(_ protocol.Message, failure string) { done(failure) })
}

// ShowNumber asks the hub for the hidden number of a call. shown is called when the calls have it.
func (d Dialling) ShowNumber(call string, shown func()) {
	d.Session.Request(protocol.NumberShow, protocol.ShowNumber{Call: call},
		func(answer protocol.Message, failure string) {
			var number protocol.ShownNumber
			if failure == "" {
				if err := answer.Decode(&number); err != nil {
					failure = err.Error()
				}
			}
			if failure != "" {
				d.Warn("number", "notice.number_hidden", failure)
				return
			}
			d.Terminal.Revealed.Show(call, number.Display)
			shown()
		})
}

// DialLink calls the number of a link, or of a text that was selected. A code of the PBX, such as one
// that forwards all calls, opens the window, as does any number if the agent wants that: links are not trusted.
func (d Dialling) DialLink(number string) {
	if ask := d.Own().AskDial; ask != nil && *ask || strings.ContainsAny(number, "*#") {
		d.Open(number)
		return
	}
	d.Dial(protocol.DialNumber{Number: number}, nil)
}

// DialSelected calls the number in a text.
func (d Dialling) DialSelected(text string) {
	number, err := model.Selected(text)
	if err != nil {
		d.Warn("dial", "notice.dial_failed", d.Texts.Say("notice.not_selected"))
		return
	}
	d.DialLink(number)
}

// Recent returns the last calls as the agent sees them, newest first.
func (d Dialling) Recent(done func(calls []protocol.Call, failure string)) {
	in := protocol.ListHistory{Limit: recent}
	d.Session.Request(protocol.HistoryList, in, func(answer protocol.Message, failure string) {
		var page protocol.History
		if failure == "" {
			if err := answer.Decode(&page); err != nil {
				failure = err.Error()
			}
		}
		calls := page.Calls[:min(len(page.Calls), recent)]
		for i := range calls {
			calls[i] = d.Terminal.Seen(calls[i])
		}
		slices.SortStableFunc(calls, func(a, b protocol.Call) int {
			return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.ID, a.ID))
		})
		done(calls, failure)
	})
}
