//go:build linux

package frame_test

import (
	"fmt"
	"image"
	"image/color"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/desktop/platform/frame"
	"traybell/desktop/platform/xtest"

	"fyne.io/fyne/v2"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	xt "github.com/jezek/xgb/xtest"
)

// user sits at a virtual screen with one frame.
type user struct {
	*testing.T
	system frame.System
	frame  frame.Frame
	c      *xgb.Conn
	root   xproto.Window

	mu     sync.Mutex
	events []frame.Event
}

func (u *user) put(e frame.Event) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.events = append(u.events, e)
}

// seen returns the events so far.
func (u *user) seen() []frame.Event {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]frame.Event{}, u.events...)
}

// has waits for an event.
func (u *user) has(what string, is func(frame.Event) bool) {
	u.Helper()
	xtest.Until(u.T, what, func() bool {
		for _, e := range u.seen() {
			if is(e) {
				return true
			}
		}
		return false
	})
}

func newSystem(t *testing.T) frame.System {
	t.Helper()
	s, err := frame.New(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// sit opens a frame on a screen with a window manager and gives it the focus.
func sit(t *testing.T) *user {
	t.Helper()
	c, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := xt.Init(c); err != nil {
		t.Fatal(err)
	}
	u := &user{T: t, system: newSystem(t), c: c, root: xproto.Setup(c).DefaultScreen(c).Root}
	u.frame, err = u.system.Open(frame.Options{
		Title: "Звонки", Size: image.Pt(300, 200), At: image.Pt(100, 80), Background: color.White, Events: u.put,
	})
	if err != nil {
		t.Fatal(err)
	}
	u.frame.Present(plain(300, 200, color.NRGBA{200, 30, 30, 255}), image.Rect(0, 0, 300, 200))
	u.frame.Show()
	u.frame.Raise()
	u.has("the focus", func(e frame.Event) bool { return e == frame.Focused(true) })
	return u
}

func plain(w, h int, c color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = c.R, c.G, c.B, c.A
	}
	return img
}

func (u *user) pixel(x, y int) color.NRGBA {
	u.Helper()
	r, err := xproto.GetImage(u.c, xproto.ImageFormatZPixmap, xproto.Drawable(u.root), int16(x), int16(y), 1, 1,
		0xffffffff).Reply()
	if err != nil {
		u.Fatal(err)
	}
	return color.NRGBA{r.Data[2], r.Data[1], r.Data[0], 255}
}

// key codes of evdev, as keyboards have them everywhere
const (
	kSpace, kShift, kCtrl, kAltGr, kAlt, kCaps, kNum = 65, 50, 37, 108, 64, 66, 77
	kQ, kE, kA, kC, kO                               = 24, 26, 38, 54, 32
	kEsc, kReturn, kTab, kPad7, kPadEnter, kDel      = 9, 36, 23, 79, 104, 119
	kAcute, kSz, k2                                  = 21, 20, 11
)

// press presses keys one after another. Modifiers stay pressed until the next other key.
func (u *user) press(codes ...byte) {
	u.Helper()
	var held []byte
	fake := func(kind, code byte) {
		if err := xt.FakeInputChecked(u.c, kind, code, 0, u.root, 0, 0, 0).Check(); err != nil {
			u.Fatal(err)
		}
	}
	for _, code := range codes {
		fake(xproto.KeyPress, code)
		if slices.Contains([]byte{kShift, kCtrl, kAltGr, kAlt}, code) {
			held = append(held, code)
			continue
		}
		fake(xproto.KeyRelease, code)
		for _, h := range held {
			fake(xproto.KeyRelease, h)
		}
		held = nil
	}
	for _, h := range held {
		fake(xproto.KeyRelease, h)
	}
}

func (u *user) typed() string {
	text := ""
	for _, e := range u.seen() {
		if t, ok := e.(frame.Typed); ok {
			text += string(t)
		}
	}
	return text
}

func layout(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("setxkbmap", args...).CombinedOutput(); err != nil {
		t.Skipf("setxkbmap: %v %s", err, out)
	}
}

func TestTypesInEachLayout(t *testing.T) {
	d := xtest.Start(t, "800x600x24")
	d.Openbox()
	u := sit(t)
	for name, c := range map[string]struct {
		layout []string
		press  []byte
		want   string
	}{
		"English":            {[]string{"us"}, []byte{kA, kShift, kA, kSpace, k2}, "aA 2"},
		"Caps Lock":          {[]string{"us"}, []byte{kCaps, kA, kCaps, kA}, "Aa"},
		"Russian":            {[]string{"ru"}, []byte{kA, kShift, kA}, "фФ"},
		"Russian, Caps Lock": {[]string{"ru"}, []byte{kCaps, kA, kCaps, kA}, "Фф"},
		"Russian as the second": {
			[]string{"us,ru", "-option", "grp:caps_toggle"}, []byte{kA, kCaps, kA, kCaps, kA}, "aфa",
		},
		"German, AltGr":          {[]string{"de"}, []byte{kAltGr, kQ, kSz, kAltGr, kE}, "@ß€"},
		"German, dead keys":      {[]string{"de"}, []byte{kAcute, kE, kShift, kAcute, kA, kAcute, kSpace}, "éà'"},
		"dead key without a use": {[]string{"de"}, []byte{kAcute, kQ, kQ}, "q"},
		"French":                 {[]string{"fr"}, []byte{kQ, k2, kShift, k2}, "aé2"},
		"Compose":                {[]string{"us", "-option", "compose:caps"}, []byte{kCaps, kO, kC, kA}, "©a"},
		"keypad with Num Lock":   {[]string{"us"}, []byte{kNum, kPad7, kNum, kPad7}, "7"},
		"Greek":                  {[]string{"gr"}, []byte{kA}, "α"},
		"Hebrew":                 {[]string{"il"}, []byte{kA}, "ש"},
	} {
		t.Run(name, func(t *testing.T) {
			u.T = t
			layout(t, append([]string{"-option", "", "-layout"}, c.layout...)...)
			time.Sleep(100 * time.Millisecond) // the server says that the layout has changed
			u.mu.Lock()
			u.events = nil
			u.mu.Unlock()
			u.press(c.press...)
			u.press(kEsc)
			u.has("the last key", func(e frame.Event) bool {
				k, ok := e.(frame.Key)
				return ok && k.Name == fyne.KeyEscape && !k.Pressed
			})
			if got := u.typed(); got != c.want {
				t.Errorf("typed %q, want %q: %v", got, c.want, u.seen())
			}
		})
	}
}

// Programs that type, such as xdotool, x11vnc and password managers, put each letter that the layout
// lacks on a free key right before they press it.
func TestTypesLettersThatArePutOnAFreeKey(t *testing.T) {
	d := xtest.Start(t, "800x600x24")
	d.Openbox()
	u := sit(t)
	layout(t, "us")
	const free, want = 248, "Съешь же ещё этих мягких французских булок"
	put := func(sym xproto.Keysym) {
		t.Helper()
		if err := xproto.ChangeKeyboardMappingChecked(u.c, 1, free, 1, []xproto.Keysym{sym}).Check(); err != nil {
			t.Fatal(err)
		}
	}
	escapes := func() (n int) {
		for _, e := range u.seen() {
			if k, ok := e.(frame.Key); ok && k.Name == fyne.KeyEscape && !k.Pressed {
				n++
			}
		}
		return n
	}
	for i, r := range []rune(want) {
		const unicode = 1 << 24
		put(unicode + xproto.Keysym(r))
		u.press(free, kEsc)
		xtest.Until(t, "the last key", func() bool { return escapes() == i+1 })
		put(0)
	}
	if got := u.typed(); got != want {
		t.Errorf("typed %q, want %q", got, want)
	}
}

func TestKeyNames(t *testing.T) {
	d := xtest.Start(t, "800x600x24")
	d.Openbox()
	u := sit(t)
	const ctrl, shift = fyne.KeyModifierControl, fyne.KeyModifierShift
	for name, c := range map[string]struct {
		layout string
		press  []byte
		want   frame.Key
	}{
		"Ctrl+C in Russian":   {"ru", []byte{kCtrl, kC}, frame.Key{Latin: "C", Scan: kC, With: ctrl}},
		"Ctrl+C":              {"us", []byte{kCtrl, kC}, frame.Key{Name: "C", Latin: "C", Scan: kC, With: ctrl}},
		"Shift+Tab":           {"us", []byte{kShift, kTab}, frame.Key{Name: fyne.KeyTab, Scan: kTab, With: shift}},
		"Enter":               {"us", []byte{kReturn}, frame.Key{Name: fyne.KeyReturn, Scan: kReturn}},
		"Enter of the keypad": {"us", []byte{kPadEnter}, frame.Key{Name: fyne.KeyEnter, Scan: kPadEnter}},
		"Home of the keypad":  {"us", []byte{kPad7}, frame.Key{Name: fyne.KeyHome, Scan: kPad7}},
		"Delete":              {"us", []byte{kDel}, frame.Key{Name: fyne.KeyDelete, Scan: kDel}},
		"A in French":         {"fr", []byte{kQ}, frame.Key{Name: "A", Latin: "A", Scan: kQ}},
	} {
		t.Run(name, func(t *testing.T) {
			u.T = t
			layout(t, "-option", "", "-layout", c.layout)
			time.Sleep(100 * time.Millisecond)
			u.press(c.press...)
			c.want.Pressed = true
			u.has(name, func(e frame.Event) bool { return e == c.want })
		})
	}
}

// A held key repeats without being released, and a grab of the keyboard, as for a hotkey, is no
// change of the focus.
func TestHeldKeyRepeats(t *testing.T) {
	d := xtest.Start(t, "800x600x24")
	d.Openbox()
	u := sit(t)
	if err := xt.FakeInputChecked(u.c, xproto.KeyPress, kA, 0, u.root, 0, 0, 0).Check(); err != nil {
		t.Fatal(err)
	}
	u.has("a repeated key", func(e frame.Event) bool { k, ok := e.(frame.Key); return ok && k.Repeated })
	for _, e := range u.seen() {
		if k, ok := e.(frame.Key); ok && !k.Pressed {
			t.Errorf("released in between: %+v", k)
		}
	}
	xt.FakeInput(u.c, xproto.KeyRelease, kA, 0, u.root, 0, 0, 0)
	u.has("its release", func(e frame.Event) bool { k, ok := e.(frame.Key); return ok && !k.Pressed })
	r, err := xproto.GrabKeyboard(u.c, false, u.root, 0, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
	if err != nil || r.Status != xproto.GrabStatusSuccess {
		t.Fatal(r, err)
	}
	xproto.UngrabKeyboard(u.c, 0)
	u.press(kEsc)
	u.has("the key after", func(e frame.Event) bool { k, ok := e.(frame.Key); return ok && k.Name == fyne.KeyEscape })
	for _, e := range u.seen() {
		if e == frame.Focused(false) {
			t.Error("the grab took the focus")
		}
	}
}

// A key that is released while another program has grabbed the keyboard does not stay pressed.
func TestKeysReleasedDuringGrab(t *testing.T) {
	d := xtest.Start(t, "800x600x24")
	d.Openbox()
	u := sit(t)
	shift := func(pressed bool) func(frame.Event) bool {
		return func(e frame.Event) bool {
			k, ok := e.(frame.Key)
			return ok && k.Scan == kShift && k.Pressed == pressed
		}
	}
	xt.FakeInput(u.c, xproto.KeyPress, kShift, 0, u.root, 0, 0, 0)
	u.has("Shift", shift(true))
	r, err := xproto.GrabKeyboard(u.c, false, u.root, 0, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
	if err != nil || r.Status != xproto.GrabStatusSuccess {
		t.Fatal(r, err)
	}
	xt.FakeInput(u.c, xproto.KeyRelease, kShift, 0, u.root, 0, 0, 0)
	xproto.UngrabKeyboard(u.c, 0)
	u.has("its release", shift(false))
}

func TestFrameIsShownResizedCoveredAndClosed(t *testing.T) {
	d := xtest.Start(t, "800x600x24")
	d.Openbox()
	u := sit(t)
	red, blue := color.NRGBA{200, 30, 30, 255}, color.NRGBA{20, 60, 220, 255}
	sees := func(x, y int, c color.NRGBA) {
		t.Helper()
		xtest.Until(t, "pixel", func() bool { return u.pixel(x, y) == c })
	}
	sees(100, 80, red) // the position is that of the picture
	sees(399, 279, red)
	img := plain(300, 200, red)
	part := image.Rect(10, 10, 20, 20)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			img.SetNRGBA(x, y, blue)
		}
	}
	u.frame.Present(img, part)
	sees(110, 90, blue)
	sees(121, 90, red)

	other, err := u.system.Open(frame.Options{
		Title: "other", Size: image.Pt(100, 100), At: image.Pt(90, 70), Background: color.Black,
		Events: func(frame.Event) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	other.Show()
	other.Raise()
	sees(110, 90, color.NRGBA{0, 0, 0, 255})
	other.Close()
	sees(110, 90, blue) // repainted without the program's help

	u.frame.SetMinSize(image.Pt(250, 150))
	u.frame.Resize(image.Pt(400, 260))
	u.has("the new size", func(e frame.Event) bool { return e == frame.Resized(image.Pt(400, 260)) })
	u.frame.Present(plain(400, 260, blue), image.Rect(0, 0, 400, 260))
	sees(499, 339, blue)

	d.Run("xdotool", "search", "--name", "Звонки", "windowmove", "200", "150")
	u.has("the new position", func(e frame.Event) bool { _, ok := e.(frame.Moved); return ok })
	d.Run("xdotool", "mousemove", "350", "300", "click", "1", "click", "3", "click", "5", "mousemove", "5", "5")
	for what, is := range map[string]func(frame.Event) bool{
		"left":  func(e frame.Event) bool { b, ok := e.(frame.Button); return ok && b.Number == 1 && !b.Pressed },
		"right": func(e frame.Event) bool { b, ok := e.(frame.Button); return ok && b.Number == 2 && b.Pressed },
		"wheel": func(e frame.Event) bool { w, ok := e.(frame.Wheel); return ok && w.DY == -1 },
		"leave": func(e frame.Event) bool { return e == frame.PointerLeft{} },
	} {
		u.has(what, is)
	}
	u.press(kAlt, 70) // Alt+F4
	u.has("closing", func(e frame.Event) bool { return e == frame.Closed{} })
	sees(450, 300, blue) // the program decides
	u.frame.Close()
	xtest.Until(t, "no window", func() bool { return u.pixel(450, 300) != blue })
}

// Two programs exchange texts, also long ones, and one that ends takes its text along.
func TestClipboard(t *testing.T) {
	xtest.Start(t, "800x600x24")
	a, b := newSystem(t), newSystem(t)
	if got := a.Pasted(); got != "" {
		t.Errorf("at first it holds %q", got)
	}
	for _, text := range []string{
		"+7 495 123-45-67", "Иванов, 你好 🙂", strings.Repeat("длинный текст ", 8000),
		strings.Repeat("текст в нескольких частях ", 100_000), "",
	} {
		a.Copy(text)
		if got := b.Pasted(); got != text {
			t.Errorf("pasted %d bytes, want %d", len(got), len(text))
		}
		if got := a.Pasted(); got != text {
			t.Errorf("its own: %d bytes, want %d", len(got), len(text))
		}
	}
	b.Copy("b")
	xtest.Until(t, "the other's text", func() bool { return a.Pasted() == "b" })
	_ = b.Close()
	xtest.Until(t, "nothing", func() bool { return a.Pasted() == "" })
}

// stranger is another program: a window and a function for the numbers of atoms.
func stranger(t *testing.T) (c *xgb.Conn, w xproto.Window, atom func(name string) xproto.Atom) {
	t.Helper()
	c, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if w, err = xproto.NewWindowId(c); err != nil {
		t.Fatal(err)
	}
	root := xproto.Setup(c).DefaultScreen(c).Root
	xproto.CreateWindow(c, 0, w, root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0, 0, nil)
	return c, w, func(name string) xproto.Atom {
		r, err := xproto.InternAtom(c, false, uint16(len(name)), name).Reply()
		if err != nil {
			t.Fatal(err)
		}
		return r.Atom
	}
}

// A clipboard manager saves all formats at once.
func TestClipboardManagerTakesAllFormats(t *testing.T) {
	xtest.Start(t, "800x600x24")
	s := newSystem(t)
	s.Copy("номер")
	c, w, atom := stranger(t)
	xtest.Until(t, "an owner", func() bool {
		r, err := xproto.GetSelectionOwner(c, atom("CLIPBOARD")).Reply()
		return err == nil && r.Owner != 0
	})
	var pairs []byte
	for _, name := range []string{"UTF8_STRING", "A", "image/png", "B"} {
		pairs = append(pairs, 0, 0, 0, 0)
		xgb.Put32(pairs[len(pairs)-4:], uint32(atom(name)))
	}
	xproto.ChangeProperty(c, xproto.PropModeReplace, w, atom("ALL"), atom("ATOM_PAIR"), 32, 4, pairs)
	xproto.ConvertSelection(c, w, atom("CLIPBOARD"), atom("MULTIPLE"), atom("ALL"), 0)
	for {
		e, err := c.WaitForEvent()
		if err != nil || e == nil {
			t.Fatal(err)
		}
		if n, ok := e.(xproto.SelectionNotifyEvent); ok {
			if n.Property != atom("ALL") {
				t.Fatalf("refused: %+v", n)
			}
			break
		}
	}
	property := func(name string) []byte {
		r, err := xproto.GetProperty(c, false, w, atom(name), xproto.GetPropertyTypeAny, 0, 100).Reply()
		if err != nil {
			t.Fatal(err)
		}
		return r.Value
	}
	if got := property("A"); string(got) != "номер" {
		t.Errorf("text %q", got)
	}
	if got := property("ALL"); xgb.Get32(got[4:]) != uint32(atom("A")) || xgb.Get32(got[12:]) != 0 {
		t.Errorf("it says it has converted %v", got)
	}
}

// A long text that another program leaves in the middle costs nothing: others read it, and the same
// program again, with several at once.
func TestLongTextIsLeftInTheMiddle(t *testing.T) {
	xtest.Start(t, "800x600x24")
	s, other := newSystem(t), newSystem(t)
	text := strings.Repeat("0123456789", 100_000)
	s.Copy(text)
	c, w, atom := stranger(t)
	xproto.ChangeWindowAttributes(c, w, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange})
	xtest.Until(t, "an owner", func() bool {
		r, err := xproto.GetSelectionOwner(c, atom("CLIPBOARD")).Reply()
		return err == nil && r.Owner != 0
	})
	take := func(name string) []byte {
		r, err := xproto.GetProperty(c, true, w, atom(name), xproto.GetPropertyTypeAny, 0, 1<<20).Reply()
		if err != nil {
			t.Fatal(err)
		}
		return r.Value
	}
	await := func(what string, is func(e xgb.Event) bool) {
		for {
			e, err := c.WaitForEvent()
			if err != nil || e == nil {
				t.Fatalf("%s: %v", what, err)
			}
			if is(e) {
				return
			}
		}
	}
	ask := func(name string) (accepted bool) {
		xproto.ConvertSelection(c, w, atom("CLIPBOARD"), atom("UTF8_STRING"), atom(name), 0)
		await("answer", func(e xgb.Event) bool {
			n, ok := e.(xproto.SelectionNotifyEvent)
			accepted = ok && n.Property != 0
			return ok
		})
		return accepted
	}
	written := func(name string) {
		await("part of "+name, func(e xgb.Event) bool {
			n, ok := e.(xproto.PropertyNotifyEvent)
			return ok && n.Atom == atom(name) && n.State == xproto.PropertyNewValue
		})
	}
	if !ask("LEFT") { // and never read
		t.Fatal("refused")
	}
	if got := other.Pasted(); got != text {
		t.Errorf("another program: %d bytes", len(got))
	}
	if !ask("READ") {
		t.Fatal("refused")
	}
	if size := take("READ"); xgb.Get32(size) != uint32(len(text)) {
		t.Errorf("announced %v", size)
	}
	var got []byte
	for {
		written("READ")
		part := take("READ")
		if len(part) == 0 {
			break
		}
		got = append(got, part...)
	}
	if string(got) != text {
		t.Errorf("the same program: %d bytes", len(got))
	}
	accepted := 0
	for i := range 40 {
		if ask(fmt.Sprint("MANY", i)) {
			accepted++
		}
	}
	if accepted == 0 || accepted > 16 {
		t.Errorf("%d texts at once", accepted)
	}
}

// Programs that people use, if they are installed, read and write long texts.
func TestClipboardWithOtherPrograms(t *testing.T) {
	programs := map[string]struct{ read, write []string }{
		"xclip": {[]string{"-selection", "clipboard", "-o"}, []string{"-selection", "clipboard", "-i"}},
		"xsel":  {[]string{"--clipboard", "--output"}, []string{"--clipboard", "--input"}},
	}
	for name, p := range programs {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				t.Skip("not installed")
			}
			xtest.Start(t, "800x600x24")
			s := newSystem(t)
			text := strings.Repeat("текст в нескольких частях ", 50_000)
			s.Copy(text)
			xtest.Until(t, "the copied text", func() bool {
				out, err := exec.CommandContext(t.Context(), name, p.read...).Output()
				return err == nil && string(out) == text
			})
			other := strings.Repeat("ответ ", 200_000)
			write := exec.CommandContext(t.Context(), name, p.write...)
			write.Stdin = strings.NewReader(other)
			if err := write.Run(); err != nil { // a copy of it stays and has the text
				t.Fatal(err)
			}
			xtest.Until(t, "the other's text", func() bool { return s.Pasted() == other })
		})
	}
}

func TestSelectedTextOfAnotherProgram(t *testing.T) {
	if _, err := exec.LookPath("xclip"); err != nil {
		t.Skip("not installed")
	}
	xtest.Start(t, "800x600x24")
	s := newSystem(t)
	if got := s.Selected(); got != "" {
		t.Errorf("nothing is selected, got %q", got)
	}
	s.Copy("in the clipboard")
	selects := exec.CommandContext(t.Context(), "xclip", "-selection", "primary", "-i")
	selects.Stdin = strings.NewReader("тел. 8 495 123-45-67")
	if err := selects.Run(); err != nil {
		t.Fatal(err)
	}
	xtest.Until(t, "the selected text", func() bool { return s.Selected() == "тел. 8 495 123-45-67" })
	if got := s.Pasted(); got != "in the clipboard" {
		t.Errorf("the clipboard has %q", got)
	}
}

// A program that hangs with the clipboard is asked once.
func TestClipboardOfHangingProgram(t *testing.T) {
	xtest.Start(t, "800x600x24")
	s := newSystem(t)
	c, w, atom := stranger(t)
	if err := xproto.SetSelectionOwnerChecked(c, w, atom("CLIPBOARD"), 0).Check(); err != nil {
		t.Fatal(err)
	}
	if got := s.Pasted(); got != "" {
		t.Errorf("pasted %q", got)
	}
	if _, err := xproto.GetInputFocus(c).Reply(); err != nil { // all requests have come
		t.Fatal(err)
	}
	asked := 0
	for {
		e, err := c.PollForEvent()
		if e == nil && err == nil {
			break
		}
		if _, ok := e.(xproto.SelectionRequestEvent); ok {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}
