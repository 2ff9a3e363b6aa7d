package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/desktop/ui/setup"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// user operates a window by keyboard. Keys go to the window's hook first, then to Fyne.
type user struct {
	*testing.T
	windows        *Windows
	press          func(fyne.KeyName, fyne.KeyModifier) bool
	after, pointer func()
}

func openWindow(t *testing.T, content fyne.CanvasObject, size fyne.Size, closed func()) *user {
	t.Helper()
	h := &user{T: t, windows: NewWindows(fyne.CurrentApp(), nil)}
	h.windows.HookKeys(func(_ fyne.Window, press func(fyne.KeyName, fyne.KeyModifier) bool, after, pointer func()) {
		h.press, h.after, h.pointer = press, after, pointer
	})
	if !h.windows.Open("it", "it", content, size, closed) {
		t.Fatal("no window")
	}
	return h
}

func (h *user) canvas() fyne.Canvas     { return h.windows.Window("it").Canvas() }
func (h *user) ring() fyne.CanvasObject { return h.windows.known["it"].ring }
func (h *user) focused() fyne.CanvasObject {
	o, _ := h.canvas().Focused().(fyne.CanvasObject)
	return o
}

func (h *user) key(name fyne.KeyName, with fyne.KeyModifier) {
	h.Helper()
	if h.press(name, with) {
		return
	}
	switch on := h.canvas().Focused(); {
	case name == fyne.KeyTab && with == fyne.KeyModifierShift:
		h.canvas().FocusPrevious()
	case name == fyne.KeyTab:
		h.canvas().FocusNext()
	case name == fyne.KeySpace && on != nil:
		on.TypedKey(&fyne.KeyEvent{Name: name})
		on.TypedRune(' ')
	case on != nil:
		on.TypedKey(&fyne.KeyEvent{Name: name})
	}
	h.after()
}

// title describes a widget in messages and comparisons.
func title(o fyne.CanvasObject) string {
	switch o := o.(type) {
	case *widget.Button:
		return o.Text
	case *widget.Check:
		return o.Text
	case *widget.Entry:
		return "entry " + o.PlaceHolder
	}
	return fmt.Sprintf("%T", o)
}

// windowsToWalk returns all windows with a keyboard: the first focus and the default button of
// each.
func windowsToWalk(t *testing.T, did func(string) func()) map[string]struct {
	content       fyne.CanvasObject
	first         string
	defaultButton string
} {
	texts := uitest.English(t)
	type walk = struct {
		content       fyne.CanvasObject
		first         string
		defaultButton string
	}
	all := map[string]walk{}
	form := func() *setup.Form {
		return setup.New(texts, setup.Input{
			Own: settings.Own{Server: "hub", Extension: "101"}, Hub: settings.Default(),
			TryHotkey: func(string) string {
				return ""
			},
		}, setup.Actions{
			Save: func(setup.Result) error { did("save")(); return nil }, Cancel: did("cancel"),
			Test: func(string, protocol.Popups) {}, Connect: func(setup.Result, func(setup.Outcome, string)) {},
			Export: func() {}, Import: func() {},
		})
	}
	all["settings"] = walk{form().Content(), "entry hub name or address", "save"}
	links := form()
	links.ShowLinks()
	all["links"] = walk{links.Content(), "entry https://desk.example.com/otrs", "save"}
	all["about"] = walk{NewAbout(texts, About{Version: "1"}, func(string) {}, func(string) {}, did("ok")), "OK", "ok"}
	calls := NewCalls(texts, CallsActions{
		Ask: func(string, bool) {}, Older: func() {}, Ticket: func(string, string) {}, Open: func(string) {},
		Caller: func(string) {}, Copy: func(string) {},
		Settings: func() {}, About: func() {}, Exit: func() {}, Close: did("close"),
	}, func(time.Duration, func()) {})
	calls.Show(CallList{Calls: []protocol.Call{{ID: "1", Number: "1"}, {ID: "2", Number: "2"}}})
	all["calls"] = walk{calls.Content(), "entry " + texts.Say("calls.search"), ""}
	all["caller"] = walk{NewCallerForm(texts, Caller{Number: "+1", MayNote: true, MayBlock: true}, CallerActions{
		Note:    func(protocol.Color, string, func(string)) { did("note")() },
		Block:   func(string, func(*protocol.Block, string, string)) { did("block")() },
		Unblock: func(*protocol.Block, func(*protocol.Block, string, string)) {}, Close: did("close"),
	}).Content(), "*ui.categoryChoice", "note"}
	all["trust"] = walk{NewTrust(texts, "hub", "AA:BB", func(trusted bool) {
		did(fmt.Sprint("trust ", trusted))()
	}), "Do not trust", "trust false"}
	all["distrust"] = walk{
		NewDistrust(texts, "hub", "AA:BB", "CC:DD", did("new"), did("refuse")), "Do not trust", "refuse",
	}
	all["number"] = walk{
		NewNumber(texts, "+1", NumberActions{Copy: did("copy"), CID: did("cid"), Close: did("close")}), "Copy",
		"copy",
	}
	return all
}

// Every window works by keyboard: the focus starts in the first field, Tab reaches all inputs and
// wraps around, the focused object is visible and has the ring, Enter presses the default button
// and Escape closes.
func TestWindowsByKeyboard(t *testing.T) {
	test.NewTempApp(t)
	var done []string
	did := func(what string) func() { return func() { done = append(done, what) } }
	for name, w := range windowsToWalk(t, did) {
		t.Run(name, func(t *testing.T) {
			closed := false
			h := openWindow(t, w.content, fyne.NewSize(680, 420), func() { closed = true })
			if got := title(h.focused()); got != w.first {
				t.Errorf("first focus: %q, want %q", got, w.first)
			}
			wanted := map[fyne.CanvasObject]bool{}
			everything(w.content, func(o fyne.CanvasObject) {
				if _, ok := o.(fyne.Focusable); ok {
					if d, can := o.(fyne.Disableable); !can || !d.Disabled() {
						wanted[o] = true
					}
				}
			})
			first, reached := h.focused(), map[fyne.CanvasObject]bool{}
			for range len(wanted) + 2 {
				on := h.focused()
				reached[on] = true
				h.key(fyne.KeyTab, 0)
				if on := h.focused(); on != nil {
					checkRing(t, h, on)
				}
				if h.focused() == first {
					break
				}
			}
			for o := range wanted {
				if !reached[o] {
					t.Errorf("Tab does not reach %q", title(o))
				}
			}
			h.key(fyne.KeyTab, fyne.KeyModifierShift)
			h.pointer()
			if h.ring().Visible() {
				t.Error("the ring is visible after the pointer was used")
			}
			done = nil
			h.key(fyne.KeyReturn, fyne.KeyModifierControl)
			if w.defaultButton != "" && !slices.Equal(done, []string{w.defaultButton}) {
				t.Errorf("Enter did %q, want %q", done, w.defaultButton)
			}
			h.key(fyne.KeyEscape, 0)
			if !closed || h.windows.Any() {
				t.Error("Escape does not close the window")
			}
		})
	}
}

// everything goes through all that is shown, the parts of widgets included.
func everything(o fyne.CanvasObject, see func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	see(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, part := range o.Objects {
			everything(part, see)
		}
	case fyne.Widget:
		for _, part := range test.WidgetRenderer(o).Objects() {
			everything(part, see)
		}
	}
}

// checkRing checks that the focused object is inside the window and has the ring.
func checkRing(t *testing.T, h *user, on fyne.CanvasObject) {
	t.Helper()
	driver := fyne.CurrentApp().Driver()
	from, size := driver.AbsolutePositionForObject(on), on.Size()
	ring, wide := driver.AbsolutePositionForObject(h.ring()), h.ring().Size()
	if !h.ring().Visible() || ring.X > from.X || ring.Y > from.Y || ring.X+wide.Width < from.X+size.Width ||
		ring.Y+wide.Height < from.Y+size.Height {
		t.Errorf("the ring is not around %q: ring %v, %v, object %v, %v", title(on), ring, wide, from, size)
	}
	if whole := h.canvas().Size(); from.Y < 0 || from.Y+min(size.Height, whole.Height) > whole.Height {
		t.Errorf("%q is not visible: at %v, the window ends at %v", title(on), from, whole.Height)
	}
}

// Space toggles checks and presses buttons, arrow keys select in a list, Enter presses the focused
// button, and Escape closes an open list only.
func TestKeysInAWindow(t *testing.T) {
	test.NewTempApp(t)
	var done []string
	did := func(what string) func() { return func() { done = append(done, what) } }
	closed := false
	h := openWindow(t, windowsToWalk(t, did)["settings"].content, fyne.NewSize(680, 420), func() { closed = true })
	to := func(is func(fyne.CanvasObject) bool) fyne.CanvasObject {
		t.Helper()
		for range 100 {
			h.key(fyne.KeyTab, 0)
			if on := h.focused(); on != nil && is(on) {
				return on
			}
		}
		t.Fatal("Tab does not reach it")
		return nil
	}
	tick := to(func(o fyne.CanvasObject) bool { _, ok := o.(*widget.Check); return ok }).(*widget.Check)
	was := tick.Checked
	if h.key(fyne.KeySpace, 0); tick.Checked == was {
		t.Error("Space does not toggle a check")
	}
	list := to(func(o fyne.CanvasObject) bool { _, ok := o.(*widget.Select); return ok }).(*widget.Select)
	index := list.SelectedIndex()
	if h.key(fyne.KeyRight, 0); list.SelectedIndex() == index {
		t.Error("an arrow key does not select")
	}
	h.key(fyne.KeyDown, 0)
	if h.canvas().Overlays().Top() == nil {
		t.Fatal("the list does not open")
	}
	h.key(fyne.KeyEscape, 0)
	if h.canvas().Overlays().Top() != nil || closed {
		t.Errorf("Escape in an open list: open: %v, window closed: %v",
			h.canvas().Overlays().Top() != nil, closed)
	}
	to(func(o fyne.CanvasObject) bool { return title(o) == "Cancel" })
	h.key(fyne.KeyReturn, 0)
	if want := []string{"cancel"}; !slices.Equal(done, want) {
		t.Errorf("Enter on Cancel did %q", done)
	}
}

// Arrow keys wrap around the four categories, and the selected one is saved.
func TestCategoryByKeyboard(t *testing.T) {
	test.NewTempApp(t)
	var saved []protocol.Color
	f := NewCallerForm(uitest.English(t), Caller{
		Number: "+1", MayNote: true, Category: protocol.Category{Color: protocol.Green},
	}, CallerActions{
		Note: func(c protocol.Color, _ string, done func(string)) {
			saved = append(saved, c)
			done("no connection to the hub")
		},
	})
	h := openWindow(t, f.Content(), fyne.NewSize(470, 540), nil)
	h.key(fyne.KeyDown, 0)
	h.key(fyne.KeyReturn, 0)
	if all := uitest.Labels(f.Content()); !slices.Contains(saved, protocol.Red) {
		t.Errorf("Unwelcome is below Welcome; saved: %q (%q)", saved, all)
	}
	if f.failed.Hidden {
		t.Error("the hub's error is not shown")
	}
	h.key(fyne.KeyTab, fyne.KeyModifierShift)
}
