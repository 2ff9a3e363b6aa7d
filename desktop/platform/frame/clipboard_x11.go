//go:build !windows && !darwin

package frame

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

const (
	answerTime  = 2 * time.Second // that another program may take to answer about the clipboard
	longestText = 32 << 20        // bytes of a text that is pasted
)

// board is the state of the clipboard.
type board struct {
	answers chan xproto.Atom // the property of each answer, 0 for a refusal
	parts   chan struct{}    // parts of a long text that have come

	asking sync.Mutex // one question at a time
	mu     sync.Mutex
	text   string // what was copied
	own    bool   // the clipboard has it
}

func (b *board) init() {
	b.answers, b.parts = make(chan xproto.Atom, 1), make(chan struct{}, 1)
}

func (b *board) answer(property xproto.Atom) {
	select {
	case b.answers <- property:
	default: // late
	}
}

func (b *board) part() {
	select {
	case b.parts <- struct{}{}:
	default:
	}
}

// Copy implements System. The server asks for the text when another program pastes it.
func (s *x11) Copy(text string) {
	s.board.mu.Lock()
	defer s.board.mu.Unlock()
	s.board.text, s.board.own = text, true
	xproto.SetSelectionOwner(s.c, s.control, s.atom("CLIPBOARD"), xproto.TimeCurrentTime)
}

// lost forgets the text that another program has replaced, unless Copy has taken the clipboard back
// before the notice came.
func (s *x11) lost() {
	s.board.mu.Lock()
	defer s.board.mu.Unlock()
	r, err := xproto.GetSelectionOwner(s.c, s.atom("CLIPBOARD")).Reply()
	if err != nil || r.Owner != s.control {
		s.board.text, s.board.own = "", false
	}
}

// textTargets are the formats of texts, best first.
func textTargets(s *x11) []xproto.Atom {
	return []xproto.Atom{s.atom("UTF8_STRING"), s.atom("text/plain;charset=utf-8"), xproto.AtomString}
}

// Pasted implements System.
func (s *x11) Pasted() string {
	s.board.mu.Lock()
	text, own := s.board.text, s.board.own
	s.board.mu.Unlock()
	if own {
		return text
	}
	return textOf(s, "CLIPBOARD")
}

// Selected implements System.
func (s *x11) Selected() string { return textOf(s, "PRIMARY") }

// textOf returns the text of a selection of another program.
func textOf(s *x11, selection string) string {
	s.board.asking.Lock()
	defer s.board.asking.Unlock()
	for _, target := range textTargets(s) {
		text, answered := s.ask(s.atom(selection), target)
		switch {
		case !answered: // the owner hangs
			return ""
		case text == nil:
			continue
		case target == xproto.AtomString:
			return latin1(text)
		}
		return string(text)
	}
	return ""
}

func latin1(text []byte) string {
	runes := make([]rune, len(text))
	for i, b := range text {
		runes[i] = rune(b)
	}
	return string(runes)
}

// ask asks the owner of a selection for it. The text is nil if the owner does not have it in that
// format.
func (s *x11) ask(selection, target xproto.Atom) (text []byte, answered bool) {
	drain(s.board.answers)
	xproto.ConvertSelection(s.c, s.control, selection, target, s.atom("TRAYBELL_SELECTION"), xproto.TimeCurrentTime)
	select {
	case property := <-s.board.answers:
		if property == 0 {
			return nil, true
		}
	case <-time.After(answerTime):
		return nil, false
	case <-s.done:
		return nil, false
	}
	drain(s.board.parts)
	text, kind := s.take()
	if kind != s.atom("INCR") {
		return text, true
	}
	for text = []byte{}; ; {
		select {
		case <-s.board.parts:
		case <-time.After(answerTime):
			return text, len(text) > 0
		case <-s.done:
			return nil, false
		}
		part, kind := s.take()
		if kind == 0 {
			continue // the notice of a part that is read already
		}
		if len(part) == 0 {
			return text, true
		}
		if text = append(text, part...); len(text) > longestText {
			return nil, false
		}
	}
}

func drain[T any](c chan T) {
	select {
	case <-c:
	default:
	}
}

// take reads and deletes the property that answers are put into.
func (s *x11) take() (value []byte, kind xproto.Atom) {
	const longest = 1 << 22 // 32-bit units
	r, err := xproto.GetProperty(s.c, true, s.control, s.atom("TRAYBELL_SELECTION"), xproto.GetPropertyTypeAny, 0,
		longest).Reply()
	if err != nil {
		return nil, 0
	}
	return r.Value, r.Type
}

// serve gives the copied text to another program.
func (s *x11) serve(e xproto.SelectionRequestEvent) {
	s.board.mu.Lock()
	text, own := s.board.text, s.board.own
	s.board.mu.Unlock()
	property := cmp.Or(e.Property, e.Target) // old programs name none
	switch {
	case !own:
		property = 0
	case e.Target == s.atom("MULTIPLE"):
		s.convertAll(text, e.Requestor, property)
	case !s.convert(text, e.Requestor, property, e.Target):
		property = 0
	}
	n := xproto.SelectionNotifyEvent{
		Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: property,
	}
	xproto.SendEvent(s.c, false, e.Requestor, 0, string(n.Bytes()))
}

// convertAll converts a text to each target of a property that has pairs of a target and a property.
// Clipboard managers save texts so. Of what it cannot convert it clears the property's name.
func (s *x11) convertAll(text string, to xproto.Window, property xproto.Atom) {
	const longest = 256 // 32-bit units
	r, err := xproto.GetProperty(s.c, false, to, property, xproto.GetPropertyTypeAny, 0, longest).Reply()
	if err != nil || r.Format != 32 {
		return
	}
	for pair := r.Value; len(pair) >= 8; pair = pair[8:] {
		if !s.convert(text, to, xproto.Atom(xgb.Get32(pair[4:])), xproto.Atom(xgb.Get32(pair))) {
			xgb.Put32(pair[4:], 0)
		}
	}
	xproto.ChangeProperty(s.c, xproto.PropModeReplace, to, property, r.Type, 32, uint32(len(r.Value)/4), r.Value)
}

// convert puts a text into a property of a window. It returns false if it does not know the target.
func (s *x11) convert(text string, to xproto.Window, property, target xproto.Atom) bool {
	put := func(kind xproto.Atom, format byte, data []byte) {
		xproto.ChangeProperty(s.c, xproto.PropModeReplace, to, property, kind, format,
			uint32(len(data)*8/int(format)), data)
	}
	switch {
	case target == s.atom("TARGETS"):
		targets := []uint32{uint32(target), uint32(s.atom("MULTIPLE")), uint32(s.atom("SAVE_TARGETS"))}
		for _, t := range textTargets(s) {
			targets = append(targets, uint32(t))
		}
		put(xproto.AtomAtom, 32, cardinals(targets...))
	case slices.Contains(textTargets(s), target):
		data := []byte(text)
		if target == xproto.AtomString {
			data = toLatin1(text)
		}
		if len(data) > longest(s.c) {
			return s.transfers.begin(place{to, property}, target, data)
		}
		put(target, 8, data)
	case target == s.atom("SAVE_TARGETS"):
		put(target, 32, nil)
	default:
		return false
	}
	return true
}

func toLatin1(text string) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return out
}

// saveClipboard asks the desktop's clipboard manager, if there is one, to keep what was copied.
func (s *x11) saveClipboard() {
	s.board.mu.Lock()
	own := s.board.own
	s.board.mu.Unlock()
	if !own {
		return
	}
	manager := s.atom("CLIPBOARD_MANAGER")
	if r, err := xproto.GetSelectionOwner(s.c, manager).Reply(); err != nil || r.Owner == 0 {
		return
	}
	s.board.asking.Lock()
	defer s.board.asking.Unlock()
	s.ask(manager, s.atom("SAVE_TARGETS"))
}
