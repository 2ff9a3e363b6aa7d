package ui

import (
	"sync"

	"traybell/assets/icons"
	"traybell/assets/translations"
)

// MenuItem is an entry of the tray's menu.
type MenuItem interface {
	SetTitle(title string)
	Pressed() <-chan struct{}
}

// Icon is the system's tray as the program needs it: systray's on a desktop, a fake in tests.
type Icon interface {
	SetIcon(picture []byte)
	SetTooltip(text string)
	AddItem(title string) MenuItem
	AddSeparator()
}

// Commands are what the tray's menu does. They are called on a goroutine of the tray's.
type Commands struct {
	Calls, Settings, Test, Reset, About, Exit func()
}

// State is what the tray tells: a picture and a sentence.
type State struct {
	Picture icons.State
	Tooltip string
}

// Tray is the icon, its state and its menu, which reaches everything that the program does. Its methods may be called by any goroutine;
// the system's tray is only touched when something differs, as some flicker or close their menu each time.
type Tray struct {
	texts *translations.Texts

	mu    sync.Mutex
	icon  Icon
	items map[string]MenuItem // by the key of its title
	state State
}

// NewTray has no icon yet; what is told before Attach is shown then.
func NewTray(texts *translations.Texts) *Tray {
	return &Tray{texts: texts, items: map[string]MenuItem{}, state: State{Picture: icons.NoConnection}}
}

// Attach gives it its icon, once the system has made one, and builds the menu.
func (t *Tray) Attach(icon Icon, do Commands) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.icon = icon
	icon.SetIcon(icons.Tray(t.state.Picture))
	icon.SetTooltip(t.state.Tooltip)
	t.add("tray.calls", do.Calls)
	t.add("tray.settings", do.Settings)
	t.add("tray.test", do.Test)
	t.add("tray.reset", do.Reset)
	t.add("tray.about", do.About)
	icon.AddSeparator()
	t.add("tray.exit", do.Exit)
}

func (t *Tray) add(key string, do func()) {
	item := t.icon.AddItem(t.texts.Say(key))
	t.items[key] = item
	go func() {
		for range item.Pressed() {
			do()
		}
	}()
}

// Show tells a state.
func (t *Tray) Show(s State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.state
	t.state = s
	if t.icon == nil {
		return
	}
	if s.Picture != was.Picture {
		t.icon.SetIcon(icons.Tray(s.Picture))
	}
	if s.Tooltip != was.Tooltip {
		t.icon.SetTooltip(s.Tooltip)
	}
}

// Shown is the state that was told last.
func (t *Tray) Shown() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// Translate writes the menu anew, after the language has changed.
func (t *Tray) Translate() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, item := range t.items {
		item.SetTitle(t.texts.Say(key))
	}
}
