package ui

import "fyne.io/systray"

// Systray is the system's tray. It is used directly and not by Fyne, whose own opens a window for
// it and keeps the loop awake.
type Systray struct{}

// SetIcon shows a picture. Where the desktop's bus has ended, and its tray with it, there is nobody
// to show it, which the library takes for a reason to panic; calls go on being shown without.
func (Systray) SetIcon(picture []byte) {
	defer func() {
		if r := recover(); r != nil {
			if _, gone := r.(error); !gone {
				panic(r)
			}
		}
	}()
	systray.SetIcon(picture)
}

// SetTooltip shows a sentence under the pointer. Some trays show the title instead.
func (Systray) SetTooltip(text string) { systray.SetTooltip(text) }

// AddItem adds an entry to the menu.
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

func (i systrayItem) AddItem(title string) MenuItem { return systrayItem{i.AddSubMenuItem(title, "")} }

func (i systrayItem) Pressed() <-chan struct{} { return i.ClickedCh }
