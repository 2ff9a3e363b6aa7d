package preferences

import (
	"testing"

	"traybell/desktop/settings"
)

// The computer's accessibility settings apply if the agent has none.
func TestComputerSettings(t *testing.T) {
	theirs, mine := "Ctrl+Shift+F9", ""
	p := &Preferences{computer: settings.Own{Hotkey: &theirs, TextScale: 150, ShowAs: settings.AsNotifications}}
	if p.Hotkey() != theirs || p.Kept().TextSize() != 1.5 || !p.Native() {
		t.Errorf("%q, %+v", p.Hotkey(), p.Kept())
	}
	p.own.Hotkey = &mine
	if got := p.Hotkey(); got != "" {
		t.Errorf("the agent has switched it off, and it is %q", got)
	}
}
