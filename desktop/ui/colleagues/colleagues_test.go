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
}

func names(v *View) string {
	var list []string
	for _, c := range v.shown {
		list = append(list, c.Name)
	}
	return strings.Join(list, " ")
}

func TestFreeColleaguesComeFirst(t *testing.T) {
	test.NewTempApp(t)
	v := New(uitest.English(t), Actions{})
	test.NewTempWindow(t, v.Content()).Resize(fyne.NewSize(440, 560))
	v.Show(team, "")
	if got := names(v); got != "Clara Boris Dora Away" {
		t.Errorf("%s", got)
	}
	labels := strings.Join(uitest.Labels(v.Content()), "|")
	for _, want := range []string{"free", "talking · support", "not signed in", "103, 203"} {
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
	v.list.Select(0)
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
	v.search.SetText("away")
	v.list.Select(0)
	test.Type(v.text, "x")
	if v.call.Disabled() || !v.send.Disabled() {
		t.Error("a colleague who is not signed in gets no messages, and has a phone")
	}
	v.Show(nil, "No connection to the hub.")
	if !slices.Contains(uitest.Labels(v.Content()), "No connection to the hub.") {
		t.Error("the failure is not shown")
	}
}
