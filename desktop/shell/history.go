package shell

import (
	"reflect"
	"slices"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/ui"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

const (
	pageOfCalls = 50   // calls are asked for at once
	mostEarlier = 1000 // are shown; who looks further back searches
)

// earlierCalls is what the window of calls has asked the hub for, and what the hub said. It belongs
// to the shell's goroutine.
type earlierCalls struct {
	search  string
	missed  bool
	calls   []protocol.Call
	next    time.Time // where the next page begins
	more    bool
	loading bool
	failure string
	asked   uint64 // counts questions, so that the answer to an old one is not heard
	pace    pace
}

// openCalls opens the window of calls. It belongs to Fyne's goroutine.
func (s *shell) openCalls() {
	if !s.canOpen() {
		return
	}
	s.callsView = ui.NewCalls(s.texts, ui.CallsActions{
		Ask:    func(search string, missed bool) { s.post(func() { s.askCalls(search, missed) }) },
		Older:  func() { s.post(func() { s.askPage(s.earlier.next) }) },
		Ticket: func(call, customer string) { s.post(func() { s.press(call, customer) }) },
		Open:   s.open, Caller: s.openCaller, Copy: s.app.Clipboard().SetContent,
		Settings: func() { s.openSettings(false) }, About: s.openAbout, Exit: s.exit,
		Close: func() { s.windows.Hide(callsWindow) },
	}, func(d time.Duration, f func()) { time.AfterFunc(d, func() { s.loop.Do(f) }) })
	if s.windows.Open(callsWindow, s.texts.Say("calls.title"), s.callsView.Content(), fyne.NewSize(700, 560), nil) {
		s.callsView.Focus(s.windows.Window(callsWindow))
		s.post(func() { s.askCalls("", false) })
	}
}

// askCalls asks for the newest calls that a search finds; what was found before goes. It belongs to
// the shell's goroutine, as all below.
func (s *shell) askCalls(search string, missed bool) {
	e := &s.earlier
	if e.search != search || e.missed != missed {
		e.calls = nil
	}
	e.search, e.missed = search, missed
	s.askPage(time.Time{})
}

// askPage asks for the calls before a moment, or for the newest.
func (s *shell) askPage(before time.Time) {
	e := &s.earlier
	e.asked++
	number := e.asked
	e.loading, e.failure = true, ""
	question := protocol.ListHistory{Before: before, Limit: pageOfCalls, Search: e.search, Missed: e.missed}
	s.askHistory(question, func(page protocol.History, failure string) {
		if number == e.asked {
			s.pageCame(before.IsZero(), page, failure)
		}
	})
	s.loop.Do(s.refreshWindows)
}

// askHistory asks the hub for calls that it keeps. Failure is a sentence, empty where there is a
// page.
func (s *shell) askHistory(question protocol.ListHistory, done func(page protocol.History, failure string)) {
	s.request(protocol.HistoryList, question, func(answer protocol.Message, failure string) {
		var page protocol.History
		if failure == "" {
			if err := answer.Decode(&page); err != nil {
				failure = err.Error()
			}
		}
		if len(page.Calls) > question.Limit { // the window goes through each of them, time and again
			page.Calls, page.Next, page.More = page.Calls[:question.Limit], time.Time{}, true
		}
		done(page, failure)
	})
}

func (s *shell) pageCame(first bool, page protocol.History, failure string) {
	e := &s.earlier
	e.loading = false
	if failure != "" {
		s.log.Info("no earlier calls", "reason", failure)
		e.failure, e.more = s.texts.SayWith("calls.no_record", map[string]any{"Reason": failure}), false
	} else {
		if first {
			e.calls = nil
		}
		e.calls = append(e.calls, page.Calls...)
		e.next, e.more = page.Next, page.More && len(e.calls) < mostEarlier
		if n := len(page.Calls); page.Next.IsZero() && n > 0 {
			e.next = page.Calls[n-1].Started
		}
	}
	s.loop.Do(s.refreshWindows)
}

// callList is what the window shows: the calls of the moment, where all are asked for, and the
// earlier ones as the hub told them.
func (s *shell) callList() ui.CallList {
	e := &s.earlier
	list := ui.CallList{
		Live: map[string]bool{}, Told: map[string]string{}, Elsewhere: map[string]string{}, Missed: s.missed.count,
		More: e.more, Loading: e.loading, Failure: e.failure, Look: s.look,
	}
	tickets := s.terminal.May(protocol.RightTicket)
	for _, c := range s.terminal.Cards() {
		if c.Call.ID == "" || c.Kind == model.Warn {
			continue
		}
		list.Live[c.Call.ID] = tickets
		if told := s.pressed(c.Press); told != "" {
			list.Told[c.Call.ID] = told
		}
		if e.search == "" && !e.missed {
			list.Calls = append(list.Calls, c.Call)
		}
	}
	for _, c := range e.calls {
		if !slices.ContainsFunc(list.Calls, func(now protocol.Call) bool { return now.ID == c.ID }) {
			list.Calls = append(list.Calls, c)
		}
	}
	slices.SortStableFunc(list.Calls, func(a, b protocol.Call) int { return b.Started.Compare(a.Started) })
	force := s.inForce()
	for i := range list.Calls {
		if who := s.terminal.Elsewhere(list.Calls[i]); who != "" {
			list.Elsewhere[list.Calls[i].ID] = who
		}
		list.Calls[i].Links = force.Links(list.Calls[i], only(list.Calls[i].Caller.Customers))
	}
	return list
}

// pressed says what came of a ticket that was asked for and is not there.
func (s *shell) pressed(p model.Press) string {
	switch p.State {
	case model.Pressed:
		return s.texts.Say("card.making")
	case model.Queued:
		return s.texts.Say("card.queued")
	case model.Failed:
		return s.texts.Say("card.failed") + " " + p.Reason
	}
	return ""
}

// known is a call of the moment, or one that the window of calls shows.
func (s *shell) known(id string) (protocol.Call, bool) {
	if c, ok := s.terminal.Call(id); ok {
		return c, true
	}
	i := slices.IndexFunc(s.earlier.calls, func(c protocol.Call) bool { return c.ID == id })
	if i < 0 {
		return protocol.Call{}, false
	}
	return s.earlier.calls[i], true
}

// callEnded asks the hub again after a call has ended or was missed. A thousand calls that end at
// once are one question.
func (s *shell) callEnded(c protocol.Call) {
	s.missed.hear(c)
	if c.Missed {
		s.missed.pace.wanted(s, askEvery, s.askMissed)
	}
	s.earlier.pace.wanted(s, askEvery, s.askShownCalls)
}

// askShownCalls asks for the newest calls where they are on the screen. Who reads older ones is not
// thrown back.
func (s *shell) askShownCalls() {
	s.loop.Do(func() {
		if s.windows.Shown(callsWindow) {
			s.post(func() {
				if len(s.earlier.calls) <= pageOfCalls {
					s.askPage(time.Time{})
				}
			})
		}
	})
}

// refreshCalls brings the open window up to date. It belongs to Fyne's goroutine.
func (s *shell) refreshCalls() {
	if !s.windows.Shown(callsWindow) || s.callsView == nil {
		return
	}
	var list ui.CallList
	if !s.ask(func() { list = s.callList() }) {
		return
	}
	if !reflect.DeepEqual(list, s.callsShown) {
		s.callsShown = list
		s.callsView.Show(list)
	}
	s.post(s.lookedAtMissed)
}

// newestStart is when the newest of some calls began; the zero time for none.
func newestStart(calls []protocol.Call) (newest time.Time) {
	for _, c := range calls {
		if c.Started.After(newest) {
			newest = c.Started
		}
	}
	return newest
}
