package setup

import (
	"slices"
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/desktop/ui/setup"
	"traybell/desktop/ui/uitest"

	"fyne.io/fyne/v2/test"
)

// program is a program with settings; what the tests do not need is nil.
type program struct {
	Program

	own     settings.Own
	adopted *settings.Own
	refused string
	showing []bool
}

func (p *program) Shown() (settings.Own, bool)  { return p.own, true }
func (p *program) Adopt(now settings.Own) error { p.adopted = &now; return nil }
func (p *program) Refused(text string)          { p.refused = text }
func (p *program) Showing(on bool)              { p.showing = append(p.showing, on) }
func (p *program) Input() (setup.Input, bool) {
	return setup.Input{Own: p.own, Hub: settings.Default()}, true
}
func (p *program) Restore()                {}
func (p *program) Saved()                  {}
func (p *program) Save(setup.Result) error { return nil }

func newSetup(t *testing.T) (*Windows, *program) {
	t.Helper()
	texts := uitest.English(t)
	p := &program{own: settings.Own{Server: "hub", Extension: "101"}}
	return New(texts, ui.NewWindows(test.NewTempApp(t), nil), p), p
}

// press presses the button with this text in the window of the proposal.
func press(t *testing.T, w *Windows, text string) {
	t.Helper()
	uitest.Press(t, w.windows.Window(joinKind).Content(), text)
}

func TestHostileLink(t *testing.T) {
	w, p := newSetup(t)
	if w.Join("traybell://join?server=evil.example.com&password=x") == "" || p.refused == "" || p.adopted != nil ||
		w.windows.Any() {
		t.Errorf("refused %q, adopted %+v", p.refused, p.adopted)
	}
}

// A link changes nothing before the agent agrees.
func TestLinkIsAdopted(t *testing.T) {
	w, p := newSetup(t)
	link := "traybell://join?server=other.example.com&extension=105&fingerprint=" + strings.Repeat("AB", 32)
	if refused := w.Join(link); refused != "" || p.adopted != nil {
		t.Fatalf("refused %q, adopted %+v", refused, p.adopted)
	}
	press(t, w, w.texts.Say("button.cancel"))
	if p.adopted != nil || w.windows.Any() {
		t.Errorf("cancelled, and adopted %+v", p.adopted)
	}
	w.Join(link)
	press(t, w, w.texts.Say("button.apply"))
	if p.adopted == nil || p.adopted.Server != "other.example.com" || p.adopted.Extension != "105" {
		t.Errorf("adopted %+v", p.adopted)
	}
}

// The program knows while the settings are open, however they are closed.
func TestProgramKnowsWhetherSettingsAreOpen(t *testing.T) {
	w, p := newSetup(t)
	for _, button := range []string{"button.cancel", "button.save"} {
		w.Open(false)
		if w.Open(false); !slices.Equal(p.showing, []bool{true}) {
			t.Errorf("open: %v", p.showing)
		}
		uitest.Press(t, w.windows.Window(settingsKind).Content(), w.texts.Say(button))
		if !slices.Equal(p.showing, []bool{true, false}) {
			t.Errorf("after %s: %v", button, p.showing)
		}
		p.showing = nil
	}
}
