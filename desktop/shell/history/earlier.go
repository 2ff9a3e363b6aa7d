// Package history holds earlier calls from the hub's records: those in the calls window, and those
// that the agent missed.
package history

import (
	"cmp"
	"log/slog"
	"slices"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/shell/loop"
	"traybell/shared/protocol"
)

const (
	// PageSize is how many calls are requested at once.
	PageSize   = 50
	maxEarlier = 1000 // calls in the window; search finds older ones
	// askEvery limits requests after calls have ended: the hub answers ten a second, including
	// presses.
	askEvery = time.Second
)

// Hub sends requests. Done is called on the goroutine that owns the history; failure is a sentence,
// empty on success.
type Hub interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// list requests calls.
func list(hub Hub, question protocol.ListHistory, done func(page protocol.History, failure string)) {
	hub.Request(protocol.HistoryList, question, func(answer protocol.Message, failure string) {
		var page protocol.History
		if failure == "" {
			if err := answer.Decode(&page); err != nil {
				failure = err.Error()
			}
		}
		if len(page.Calls) > question.Limit { // the window often iterates over all of them
			page.Calls, page.Next, page.More = page.Calls[:question.Limit], time.Time{}, true
		}
		done(page, failure)
	})
}

// Earlier is the calls loaded for the calls window. It belongs to one goroutine.
type Earlier struct {
	Hub     Hub
	Texts   *translations.Texts
	Log     *slog.Logger
	Changed func() // the window needs a refresh

	search  string
	missed  bool
	calls   []protocol.Call
	next    time.Time // start of the next page
	more    bool
	loading bool
	failure string
	asked   uint64 // of the last request; older answers are dropped
	pace    loop.Pace
	refused map[string]string // by call: why the last action about missed calls failed
}

// Page is the loaded calls for the window.
type Page struct {
	Calls         []protocol.Call
	All           bool // no search, not only missed calls
	More, Loading bool
	Failure       string // a sentence
}

// Page returns it.
func (e *Earlier) Page() Page {
	return Page{e.calls, e.search == "" && !e.missed, e.more, e.loading, e.failure}
}

// Search requests the newest calls that match a search.
func (e *Earlier) Search(search string, missed bool) {
	if e.search != search || e.missed != missed {
		e.calls = nil
	}
	e.search, e.missed = search, missed
	e.ask(time.Time{})
}

// Older requests the next page.
func (e *Earlier) Older() { e.ask(e.next) }

// Newest reloads the first page, unless the agent reads older ones.
func (e *Earlier) Newest() {
	if len(e.calls) <= PageSize {
		e.ask(time.Time{})
	}
}

// Ended reloads after a call has ended, at most once per askEvery.
func (e *Earlier) Ended(post func(func()), ask func()) { e.pace.Do(post, askEvery, ask) }

func (e *Earlier) ask(before time.Time) {
	e.asked++
	number := e.asked
	e.loading, e.failure = true, ""
	question := protocol.ListHistory{Before: before, Limit: PageSize, Search: e.search, Missed: e.missed}
	list(e.Hub, question, func(page protocol.History, failure string) {
		if number == e.asked {
			e.came(before.IsZero(), page, failure)
		}
	})
	e.Changed()
}

func (e *Earlier) came(first bool, page protocol.History, failure string) {
	e.loading = false
	if failure != "" {
		e.Log.Info("cannot list calls", "reason", failure)
		e.failure, e.more = e.Texts.SayWith("calls.no_record", map[string]any{"Reason": failure}), false
	} else {
		if first {
			e.calls = nil
		}
		e.calls = append(e.calls, page.Calls...)
		e.next, e.more = page.Next, page.More && len(e.calls) < maxEarlier
		if n := len(page.Calls); page.Next.IsZero() && n > 0 {
			e.next = page.Calls[n-1].Started
		}
	}
	e.Changed()
}

// Call finds a call by its ID.
func (e *Earlier) Call(id string) (protocol.Call, bool) {
	i := slices.IndexFunc(e.calls, func(c protocol.Call) bool { return c.ID == id })
	if i < 0 {
		return protocol.Call{}, false
	}
	return e.calls[i], true
}

// Categorized updates the calls of a number.
func (e *Earlier) Categorized(category protocol.Category) {
	for i := range e.calls {
		if c := &e.calls[i]; category.Number != "" && category.Number == numberOf(c) {
			c.Caller.Category = category
		}
	}
	e.Changed()
}

// numberOf is what categories and blocks call the number of a call.
func numberOf(c *protocol.Call) string { return cmp.Or(c.Caller.Category.Number, c.E164, c.Number) }

// Ticketed sets the ticket of a call.
func (e *Earlier) Ticketed(call string, ticket protocol.Ticket) {
	for i := range e.calls {
		if e.calls[i].ID == call {
			e.calls[i].Ticket = &ticket
			e.Changed()
		}
	}
}

// Blocked updates the calls of a number.
func (e *Earlier) Blocked(b protocol.BlockedCaller) {
	if b.Number == "" {
		return
	}
	var block *protocol.Block
	if b.Blocked {
		block = &protocol.Block{By: b.By, At: b.At, Reason: b.Reason, Failed: b.Failed}
	}
	for i := range e.calls {
		if c := &e.calls[i]; b.Number == numberOf(c) {
			c.Caller.Blocked = block
		}
	}
	e.Changed()
}
