package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2/test"
)

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
		f := NewCallerForm(uitest.English(t), in, CallerActions{})
		test.NewTempWindow(t, f.Content())
		shown := uitest.Labels(f.Content())
		if f.choice != nil {
			shown = append(shown, f.choice.names...)
		}
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
	f := NewCallerForm(uitest.English(t), Caller{Number: "+7 495", MayBlock: true, PBXs: []string{"main", "branch"}},
		CallerActions{
			Block: func(reason string, done func(*protocol.Block, string, string)) {
				asked, answer = append(asked, "block: "+reason), done
			},
			Unblock: func(_ *protocol.Block, done func(*protocol.Block, string, string)) {
				asked, answer = append(asked, "unblock"), done
			},
		})
	content := f.Content()
	window := test.NewTempWindow(t, content)
	expect := func(words string) {
		t.Helper()
		if all := strings.Join(uitest.Labels(content), "\n"); !strings.Contains(all, words) {
			t.Errorf("%q is missing:\n%s", words, all)
		}
	}
	uitest.Press(t, content, "Block…")
	expect("Enter a reason")
	test.Type(f.reason, "shouts")
	uitest.Press(t, content, "Block…")
	expect("Reject all calls from +7 495 on main, branch?")
	uitest.Press(t, content, "Do not block")
	uitest.Press(t, content, "Block…")
	if len(asked) != 0 {
		t.Fatalf("before confirmation: %q", asked)
	}
	uitest.Press(t, content, "Block +7 495")
	answer(nil, "", "The PBX does not answer.")
	uitest.Press(t, content, "Block…") // the reason is kept
	uitest.Press(t, content, "Block +7 495")
	answer(&protocol.Block{By: "Anna", At: time.Now(), Reason: "shouts", Failed: []string{"branch"}},
		"The number is not blocked everywhere: branch is away.", "")
	expect("branch is away")
	expect("+7 495 is blocked.")
	if window.Canvas().Focused() != f.leave {
		t.Errorf("Enter presses %+v", window.Canvas().Focused())
	}
	uitest.Press(t, content, "Unblock +7 495")
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
	f := NewCallerForm(uitest.English(t), Caller{Number: "+7 495", MayBlock: true, Blocked: was}, CallerActions{
		Unblock: func(was *protocol.Block, done func(*protocol.Block, string, string)) {
			asked = was
			done(was, "", "The PBX does not answer.")
		},
	})
	test.NewTempWindow(t, f.Content())
	shown := func() string { return strings.Join(uitest.Labels(f.Content()), "\n") }
	for _, words := range []string{"+7 495 is blocked.", "Sells carpets", "branch", "Unblock +7 495"} {
		if !strings.Contains(shown(), words) {
			t.Errorf("%q is missing:\n%s", words, shown())
		}
	}
	uitest.Press(t, f.Content(), "Unblock +7 495")
	if asked != was || !strings.Contains(shown(), "Sells carpets") {
		t.Errorf("after a failure:\n%s", shown())
	}
}

// A colleague's change is shown without what the agent has typed meanwhile.
func TestCallerIsUpdated(t *testing.T) {
	test.NewTempApp(t)
	before := Caller{Number: "+7 495", MayNote: true, MayBlock: true}
	f := NewCallerForm(uitest.English(t), before, CallerActions{})
	test.NewTempWindow(t, f.Content())
	if f.Touched() {
		t.Error("touched at first")
	}
	test.Type(f.comment, "Pays late")
	if !f.Touched() {
		t.Error("not touched with a comment")
	}
	after := before
	after.Category = protocol.Category{
		Color: protocol.Red, Comment: "Shouts", Author: "Dora Weiss", Changed: time.Now(),
	}
	after.Blocked = &protocol.Block{By: "Dora Weiss", At: time.Now(), Reason: "Shouts"}
	f.Update(after)
	if all := strings.Join(uitest.Labels(f.Content()), "\n"); f.comment.Text != "Pays late" ||
		!strings.Contains(all, "Unblock") || !strings.Contains(all, "Last changed by Dora Weiss") {
		t.Errorf("comment %q in\n%s", f.comment.Text, all)
	}
}
