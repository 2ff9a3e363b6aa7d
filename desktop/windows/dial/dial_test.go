package dial

import (
	"strings"
	"testing"
	"time"

	"traybell/desktop/ui"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2/test"
)

// program is a hub that answers when the test says so.
type program struct {
	t       *testing.T
	asked   []string
	data    any // of the last request
	answers []func(protocol.Message, string)
	dialled []protocol.DialNumber
	placed  func(failure string)
	calls   []protocol.Call
}

func (p *program) Request(_ string, data any, done func(protocol.Message, string)) {
	in, _ := data.(protocol.FindNumbers)
	p.asked, p.data = append(p.asked, in.Text), data
	p.answers = append(p.answers, done)
}

func (p *program) Dial(in protocol.DialNumber, done func(string)) {
	p.dialled, p.placed = append(p.dialled, in), done
}

func (p *program) Recent(done func([]protocol.Call, string)) { done(p.calls, "") }

// answer answers the last request.
func (p *program) answer(found protocol.NumbersFound) {
	p.t.Helper()
	m, err := protocol.New(protocol.Notification, protocol.NumbersAnswer, found)
	if err != nil {
		p.t.Fatal(err)
	}
	p.answers[len(p.answers)-1](m, "")
}

func open(t *testing.T, p *program) (*Window, *ui.Windows) {
	t.Helper()
	p.t = t
	windows := ui.NewWindows(test.NewTempApp(t), nil)
	w := New(uitest.English(t), windows, p)
	w.Open("")
	return w, windows
}

func boris(name string) protocol.NumbersFound {
	return protocol.NumbersFound{Numbers: []protocol.FoundNumber{
		{Kind: protocol.NumberColleague, Name: name, Number: "102", Display: "102"},
	}}
}

// Letters typed while the hub looks are asked for in one question, and old answers are not shown.
func TestOnlyTheNewestTextIsLookedUp(t *testing.T) {
	p := &program{}
	w, windows := open(t, p)
	for _, text := range []string{"b", "bo", "bor"} {
		w.view.SetText(text)
	}
	if got := strings.Join(p.asked, "|"); got != "|b" {
		t.Fatalf("asked for %q", got)
	}
	p.answer(boris("Barbara"))
	if got := strings.Join(p.asked, "|"); got != "|b|bor" {
		t.Fatalf("asked for %q", got)
	}
	content := func() string { return strings.Join(uitest.Labels(windows.Window(kind).Content()), "|") }
	if strings.Contains(content(), "Barbara") {
		t.Error("the answer to an old text is shown")
	}
	p.answer(boris("Boris"))
	if !strings.Contains(content(), "Boris") {
		t.Errorf("%s", content())
	}
}

func TestLastNumbers(t *testing.T) {
	now := time.Now()
	p := &program{calls: []protocol.Call{
		{
			Number: "84951234567", E164: "+74951234567", Display: "8 (495) 123-45-67", Started: now,
			Caller: protocol.Caller{Customers: []protocol.Customer{{Name: "Maria"}}},
		},
		{Number: "102", Display: "102", Name: "Boris", Started: now},
		{Number: "", Started: now}, // withheld
		{Number: "4951234567", E164: "+74951234567", Display: "8 (495) 123-45-67", Started: now},
		{Number: "1", Test: true, Started: now},
	}}
	w, windows := open(t, p)
	labels := uitest.Labels(windows.Window(kind).Content())
	var names []string
	for _, n := range w.recent {
		names = append(names, n.Name+" "+n.Number)
	}
	if got := strings.Join(names, "|"); got != "Maria +74951234567|Boris 102" {
		t.Errorf("%q", got)
	}
	if !strings.Contains(strings.Join(labels, "|"), "Maria") {
		t.Errorf("%q", labels)
	}
	w.view.SetText("x")
	p.answer(protocol.NumbersFound{})
	w.view.SetText("")
	if labels := uitest.Labels(windows.Window(kind).Content()); !strings.Contains(strings.Join(labels, "|"), "Maria") {
		t.Errorf("not shown again: %q", labels)
	}
}

func TestDialling(t *testing.T) {
	p := &program{}
	w, windows := open(t, p)
	w.view.SetText("900")
	uitest.Press(t, windows.Window(kind).Content(), "Call")
	if len(p.dialled) != 1 || p.dialled[0].Number != "900" {
		t.Fatalf("%+v", p.dialled)
	}
	p.placed("You may not dial 900.")
	if !strings.Contains(strings.Join(uitest.Labels(windows.Window(kind).Content()), "|"), "You may not dial 900.") ||
		!windows.Shown(kind) {
		t.Error("the reason is not shown")
	}
	uitest.Press(t, windows.Window(kind).Content(), "Call")
	if p.placed(""); windows.Shown(kind) {
		t.Error("the window stays although the phone rings")
	}
	w.Open("+7495")
	if w.view.Text() != "+7495" {
		t.Errorf("opened for a number: %q", w.view.Text())
	}
}

func TestLanguageChangesWhileOpen(t *testing.T) {
	p := &program{}
	w, windows := open(t, p)
	w.view.SetText("bo")
	p.answer(boris("Boris"))
	w.texts.Use("ru")
	w.Translate()
	content := strings.Join(uitest.Labels(windows.Window(kind).Content()), "|")
	if !strings.Contains(content, w.texts.Say("dial.call")) || w.view.Text() != "bo" {
		t.Errorf("%s, %q", content, w.view.Text())
	}
}

// The agent's own numbers are shown with the last ones, and again after a change.
func TestOwnNumbers(t *testing.T) {
	p := &program{calls: []protocol.Call{{Number: "102", Display: "102", Name: "Boris", Started: time.Now()}}}
	w, windows := open(t, p)
	courier := protocol.NumbersFound{Numbers: []protocol.FoundNumber{
		{Kind: protocol.NumberPersonal, Name: "Courier", Number: "+74950000099", Display: "8 (495) 000-00-99"},
	}}
	p.answer(courier)
	content := func() string { return strings.Join(uitest.Labels(windows.Window(kind).Content()), "|") }
	if got := content(); !strings.Contains(got, "Boris") || !strings.Contains(got, "Courier") {
		t.Errorf("%s", got)
	}
	w.save("+74950000099", "New courier")
	if saved, _ := p.data.(protocol.PersonalNumber); saved.Number != "+74950000099" || saved.Name != "New courier" {
		t.Errorf("%+v", p.data)
	}
	p.answers[len(p.answers)-1](protocol.Message{}, "The number needs a name.")
	if got := content(); !strings.Contains(got, "The number needs a name.") {
		t.Errorf("%s", got)
	}
	w.save("+74950000099", "New courier")
	p.answer(protocol.NumbersFound{})
	courier.Numbers[0].Name = "New courier"
	p.answer(courier) // to the window, which has asked again
	if got := content(); !strings.Contains(got, "New courier") || strings.Contains(got, "needs a name") {
		t.Errorf("%s", got)
	}
	w.remove("+74950000099")
	if removed, _ := p.data.(protocol.RemoveNumber); removed.Number != "+74950000099" {
		t.Errorf("%+v", p.data)
	}
	p.answer(protocol.NumbersFound{})
	p.answer(protocol.NumbersFound{})
	if got := content(); strings.Contains(got, "courier") {
		t.Errorf("%s", got)
	}
}
