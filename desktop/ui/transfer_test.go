package ui

import (
	"fmt"
	"strings"
	"testing"

	"traybell/desktop/model"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// Enter consults; the window stays open until the hub has done it, and says why the hub refuses.
func TestTransferForm(t *testing.T) {
	test.NewTempApp(t)
	c := model.Card{Call: protocol.Call{
		Name: "Ivan", Can: []protocol.Control{
			protocol.ControlTransfer, protocol.ControlConsult,
			protocol.ControlConference,
		},
	}}
	var done []string
	f := NewTransferForm(uitest.English(t), c, "", TransferActions{
		Do: func(what protocol.Control, to string) bool {
			done = append(done, fmt.Sprint(what, " ", to))
			return true
		},
		Close: func() {},
	})
	test.NewTempWindow(t, f.Content())
	f.field.Entry.OnSubmitted("")
	if len(done) > 0 || f.field.Below.Text() != "Type a number or a name." {
		t.Errorf("without a number: %v, %q", done, f.field.Below.Text())
	}
	test.Type(f.field.Entry, " 103 ")
	f.field.Entry.OnSubmitted("")
	f.field.Entry.OnSubmitted("") // twice
	if fmt.Sprint(done) != "[consult 103]" {
		t.Fatalf("%v", done)
	}
	c.Control.Waiting = protocol.ControlConsult
	if f.Show(c) {
		t.Error("over before the hub answers")
	}
	c.Control = model.Control{Reason: "The PBX does not know the number 103."}
	if f.Show(c) || f.field.Below.Text() != c.Control.Reason || f.Typed() != " 103 " {
		t.Errorf("refused: %q, %q", f.field.Below.Text(), f.Typed())
	}
	test.Tap(f.buttons[protocol.ControlTransfer])
	c.Control = model.Control{} // the hub has answered before the window was shown again
	if !f.Show(c) || fmt.Sprint(done) != "[consult 103 transfer 103]" {
		t.Errorf("it stays open: %v", done)
	}
}

// What is typed narrows the list of colleagues; a press there writes the number.
func TestTransferFormListsColleagues(t *testing.T) {
	test.NewTempApp(t)
	to := ""
	f := NewTransferForm(uitest.English(t), model.Card{
		Call: protocol.Call{Can: []protocol.Control{protocol.ControlConsult}},
	}, "", TransferActions{Do: func(_ protocol.Control, number string) bool { to = number; return true }})
	test.NewTempWindow(t, f.Content()).Resize(fyne.NewSize(460, 480))
	f.Colleagues([]protocol.Colleague{
		{Login: "boris", Name: "Boris", State: protocol.AgentTalking, Extensions: []string{"102"}},
		{Login: "clara", Name: "Clara", State: protocol.AgentWaiting, Extensions: []string{"103", "203"}},
	}, "")
	shown := func() string { return strings.Join(uitest.Labels(f.people.Content()), "|") }
	if got := shown(); strings.Index(got, "Clara") > strings.Index(got, "Boris") {
		t.Errorf("free ones come first: %s", got)
	}
	test.Type(f.field.Entry, "bor")
	if got := shown(); strings.Contains(got, "Clara") || !strings.Contains(got, "Boris") {
		t.Errorf("after typing: %s", got)
	}
	f.field.Entry.SetText("")
	for _, o := range test.LaidOutObjects(f.Content()) {
		if list, ok := o.(*widget.List); ok {
			list.Select(0)
		}
	}
	if f.Typed() != "103" || !strings.Contains(shown(), "Boris") {
		t.Errorf("typed %q of %s", f.Typed(), shown())
	}
	f.field.Entry.OnSubmitted("")
	if to != "103" {
		t.Errorf("transferred to %q", to)
	}
}

// Only what the call offers is shown, and Enter does the first of it.
func TestTransferFormShowsWhatIsPossible(t *testing.T) {
	test.NewTempApp(t)
	var done []protocol.Control
	c := model.Card{Call: protocol.Call{Can: []protocol.Control{protocol.ControlConference}}}
	f := NewTransferForm(uitest.English(t), c, "103", TransferActions{
		Do: func(what protocol.Control, _ string) bool { done = append(done, what); return true }, Close: func() {},
	})
	test.NewTempWindow(t, f.Content())
	if f.buttons[protocol.ControlTransfer].Visible() || !f.buttons[protocol.ControlConference].Visible() {
		t.Error("wrong buttons")
	}
	f.field.Entry.OnSubmitted("")
	if fmt.Sprint(done) != "[conference]" {
		t.Errorf("%v", done)
	}
	c.Call.Can = nil
	if g := NewTransferForm(uitest.English(t), c, "", TransferActions{}); !g.Show(c) {
		t.Error("a window for nothing")
	}
}

// Each digit is sent once, pressed or typed; what is no tone is not, and nothing can be taken back.
func TestTonesForm(t *testing.T) {
	test.NewTempApp(t)
	sent := ""
	f := NewTonesForm(uitest.English(t), model.Card{}, "", TonesActions{
		Send: func(digit string) { sent += digit }, Close: func() {},
	})
	test.NewTempWindow(t, f.Content())
	test.Type(f.field.Entry, "1a2#")
	if sent != "12#" || f.Sent() != "12#" {
		t.Errorf("sent %q, shown %q", sent, f.Sent())
	}
	f.field.Entry.SetText("12")
	test.Type(f.field.Entry, "*")
	f.Show(model.Card{Control: model.Control{Reason: "No."}})
	if sent != "12#*" || f.field.Below.Text() != "No." {
		t.Errorf("sent %q, %q", sent, f.field.Below.Text())
	}
}
