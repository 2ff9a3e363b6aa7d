package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// labels returns the visible texts and button titles.
func labels(o fyne.CanvasObject) []string {
	var found []string
	for _, o := range test.LaidOutObjects(o) {
		if !o.Visible() {
			continue
		}
		switch o := o.(type) {
		case *widget.Label:
			found = append(found, o.Text)
		case *widget.Button:
			found = append(found, o.Text)
		case *categoryChoice:
			found = append(found, o.names...)
		}
	}
	return found
}

func press(t *testing.T, o fyne.CanvasObject, title string) {
	t.Helper()
	for _, o := range test.LaidOutObjects(o) {
		if b, ok := o.(*widget.Button); ok && b.Text == title && b.Visible() {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("no button %q among %q", title, labels(o))
}

// Actions without permission are not offered.
func TestPermissions(t *testing.T) {
	test.NewTempApp(t)
	for _, one := range []struct {
		note, block bool
	}{{false, false}, {true, false}, {false, true}, {true, true}} {
		in := Caller{
			Number: "+1", Category: protocol.Category{Color: protocol.Red, Comment: "shouts"}, MayNote: one.note,
			MayBlock: one.block,
		}
		f := NewCallerForm(english(t), in, CallerActions{})
		test.NewTempWindow(t, f.Content())
		shown := labels(f.Content())
		for title, want := range map[string]bool{
			"Save": one.note, "Welcome": one.note, "shouts": !one.note, "Unwelcome": true, "Block…": one.block,
			"Reason": one.block,
		} {
			if got := slices.Contains(shown, title); got != want {
				t.Errorf("%+v: %q visible: %v, among %q", one, title, got, shown)
			}
		}
	}
}

// Blocking asks for confirmation, shows errors and can be undone.
func TestBlockingAsksForConfirmation(t *testing.T) {
	test.NewTempApp(t)
	var asked []string
	var answer func(now *protocol.Block, message, failure string)
	f := NewCallerForm(english(t), Caller{Number: "+7 495", MayBlock: true, PBXs: []string{"main", "branch"}},
		CallerActions{
			Block: func(reason string, done func(*protocol.Block, string, string)) {
				asked, answer = append(asked, "block: "+reason), done
			},
			Unblock: func(_ *protocol.Block, done func(*protocol.Block, string, string)) {
				asked, answer = append(asked, "unblock"), done
			},
		})
	content := f.Content()
	test.NewTempWindow(t, content)
	expect := func(words string) {
		t.Helper()
		if all := strings.Join(labels(content), "\n"); !strings.Contains(all, words) {
			t.Errorf("%q is missing:\n%s", words, all)
		}
	}
	test.Type(f.reason, "shouts")
	press(t, content, "Block…")
	expect("Reject all calls from +7 495 on main, branch?")
	press(t, content, "Do not block")
	press(t, content, "Block…")
	if len(asked) != 0 {
		t.Fatalf("before confirmation: %q", asked)
	}
	press(t, content, "Block +7 495")
	answer(nil, "", "The PBX does not answer.")
	press(t, content, "Block…") // the reason is kept
	press(t, content, "Block +7 495")
	answer(&protocol.Block{By: "Anna", At: time.Now(), Reason: "shouts", Failed: []string{"branch"}},
		"The number is not blocked everywhere: branch is away.", "")
	expect("branch is away")
	expect("+7 495 is blocked.")
	press(t, content, "Unblock +7 495")
	answer(nil, "", "")
	expect("+7 495 is no longer blocked.")
	if want := []string{"block: shouts", "block: shouts", "unblock"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

// Agents who open the window later see who blocked the number, when, why and where it failed, and
// may unblock it.
func TestUnblock(t *testing.T) {
	test.NewTempApp(t)
	at := time.Date(2026, 11, 22, 10, 30, 0, 0, time.Local)
	was := &protocol.Block{By: "Dora Weiss", At: at, Reason: "Sells carpets", Failed: []string{"branch"}}
	var asked *protocol.Block
	f := NewCallerForm(english(t), Caller{Number: "+7 495", MayBlock: true, Blocked: was}, CallerActions{
		Unblock: func(was *protocol.Block, done func(*protocol.Block, string, string)) {
			asked = was
			done(was, "", "The PBX does not answer.")
		},
	})
	test.NewTempWindow(t, f.Content())
	shown := func() string { return strings.Join(labels(f.Content()), "\n") }
	for _, words := range []string{"+7 495 is blocked.", "Sells carpets", "branch", "Unblock +7 495"} {
		if !strings.Contains(shown(), words) {
			t.Errorf("%q is missing:\n%s", words, shown())
		}
	}
	press(t, f.Content(), "Unblock +7 495")
	if asked != was || !strings.Contains(shown(), "Sells carpets") {
		t.Errorf("after a failure:\n%s", shown())
	}
}
