package ui

import "fyne.io/systray"

// Systray is the system's tray. It is used directly: Fyne's own opens a window for it and keeps the
// event loop awake.
type Systray struct{}

// SetIcon shows an icon. It recovers from the library's panic after the session bus has ended;
// calls are still shown without a tray.
func (Systray) SetIcon(picture []byte) {
	defer func() {
		if r := recover(); r != nil {
			if _, isError := r.(error); !isError {
				panic(r)
			}
		}
	}()
	systray.SetIcon(picture)
}

// SetTooltip sets the tooltip. Some trays show the title instead.
func (Systray) SetTooltip(text string) { systray.SetTooltip(text) }

// AddItem adds a menu entry.
func (Systray) AddItem(title string) MenuItem { return systrayItem{systray.AddMenuItem(title, "")} }

// AddSeparator adds a line to the menu.
func (Systray) AddSeparator() { systray.AddSeparator() }

type systrayItem struct{ *systray.MenuItem }

func (i systrayItem) SetChecked(on bool) {
	if on {
		i.Check()
	} else {
		i.Uncheck()
	}
}

func (i systrayItem) SetVisible(on bool) {
	if on {
		i.Show()
	} else {
		i.Hide()
	}
}

func (i systrayItem) AddItem(title string) MenuItem { return systrayItem{i.AddSubMenuItem(title, "")} }

func (i systrayItem) Pressed() <-chan struct{} { return i.ClickedCh }
