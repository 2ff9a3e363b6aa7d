package colleagues

import (
	"slices"
	"strings"
	"testing"

	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

var team = []protocol.Colleague{
	{Login: "a", Name: "Away", State: protocol.AgentOff, Extensions: []string{"100"}},
	{
		Login: "b", Name: "Boris", State: protocol.AgentTalking, Extensions: []string{"102"},
		Teams:  []string{"support"},
		Online: true,
	},
	{Login: "c", Name: "Clara", State: protocol.AgentWaiting, Extensions: []string{"103", "203"}, Online: true},
	{Login: "d", Name: "Dora", State: "of a later hub", Extensions: []string{"104"}},
	{
		Login: "e", Name: "Eva", State: protocol.AgentWaiting, Phone: protocol.PhoneSilent, Extensions: []string{"105"},
		Online: true,
	},
	{Login: "f", Name: "Fred", State: protocol.AgentOff, Phone: protocol.PhoneFree, Extensions: []string{"106"}},
}

func names(v *View) string {
	var list []string
	for _, c := range v.list.shown {
		list = append(list, c.Name)
	}
	return strings.Join(list, " ")
}

func TestFreeColleaguesComeFirst(t *testing.T) {
	test.NewTempApp(t)
	v := New(uitest.English(t), Actions{})
	test.NewTempWindow(t, v.Content()).Resize(fyne.NewSize(440, 560))
	v.Show(team, "")
	if got := names(v); got != "Clara Fred Boris Dora Eva Away" {
		t.Errorf("%s", got)
	}
	labels := strings.Join(uitest.Labels(v.Content()), "|")
	for _, want := range []string{
		"free", "talking · support", "not signed in", "103, 203", "free · do not disturb",
		"not signed in · phone free",
	} {
		if !strings.Contains(labels, want) {
			t.Errorf("%q is not shown: %s", want, labels)
		}
	}
	for typed, want := range map[string]string{"SUPP": "Boris", "20": "Clara", "bor 102": "Boris", "zz": ""} {
		if v.search.SetText(typed); names(v) != want {
			t.Errorf("%s: %s", typed, names(v))
		}
	}
}

// The choice stays with the colleague when the states, and so the places, change.
func TestCallAndWrite(t *testing.T) {
	test.NewTempApp(t)
	var did []string
	v := New(uitest.English(t), Actions{
		Call:    func(extension string, done func(string)) { did = append(did, "call "+extension); done("Busy.") },
		Message: func(login, text string, done func(string)) { did = append(did, login+": "+text); done("") },
	})
	test.NewTempWindow(t, v.Content())
	v.Show(team, "")
	if !v.call.Disabled() || !v.send.Disabled() {
		t.Error("no colleague is chosen")
	}
	v.list.list.Select(0)
	v.Show(append(slices.Clone(team[:2]), protocol.Colleague{
		Login: "c", Name: "Clara", State: protocol.AgentTalking, Extensions: []string{"103"}, Online: true,
	}), "")
	uitest.Press(t, v.Content(), "Call")
	if !slices.Contains(uitest.Labels(v.Content()), "Busy.") {
		t.Error("why it fails is not shown")
	}
	test.Type(v.text, "Come here")
	uitest.Press(t, v.Content(), "Send")
	if got := strings.Join(did, "|"); got != "call 103|c: Come here" || v.text.Text != "" {
		t.Errorf("%s", got)
	}
	if v.transfer.Visible() || v.pickup.Visible() {
		t.Error("there is nothing to transfer or to take")
	}
	v.search.SetText("away")
	v.list.list.Select(0)
	test.Type(v.text, "x")
	if v.call.Disabled() || !v.send.Disabled() {
		t.Error("a colleague who is not signed in gets no messages, and has a phone")
	}
	v.Show(nil, "No connection to the hub.")
	if !slices.Contains(uitest.Labels(v.Content()), "No connection to the hub.") {
		t.Error("the failure is not shown")
	}
}

// A call of the agent's can be transferred to the chosen colleague, and one that rings there taken.
func TestTransferAndPickup(t *testing.T) {
	test.NewTempApp(t)
	var did []string
	v := New(uitest.English(t), Actions{
		Transfer: func(extension string) { did = append(did, "transfer "+extension) },
		Pickup: func(login string, done func(string)) {
			did = append(did, "pickup "+login)
			done("The call has ended.")
		},
	})
	test.NewTempWindow(t, v.Content())
	rings := protocol.Colleague{
		Login: "b", Name: "Boris", State: protocol.AgentRinging, Extensions: []string{"102"}, Pickup: true,
	}
	v.Show([]protocol.Colleague{rings}, "")
	v.SetTransferable(true)
	if !v.transfer.Disabled() || v.pickup.Visible() {
		t.Error("no colleague is chosen")
	}
	v.list.list.Select(0)
	uitest.Press(t, v.Content(), "Transfer…")
	uitest.Press(t, v.Content(), "Take the call")
	if got := strings.Join(did, "|"); got != "transfer 102|pickup b" {
		t.Errorf("%s", got)
	}
	if !slices.Contains(uitest.Labels(v.Content()), "The call has ended.") {
		t.Error("why it fails is not shown")
	}
	rings.Pickup = false
	v.Show([]protocol.Colleague{rings}, "")
	if v.SetTransferable(false); v.pickup.Visible() || v.transfer.Visible() {
		t.Error("offered after the call")
	}
}
