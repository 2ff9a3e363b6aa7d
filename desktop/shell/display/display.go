// Package display opens the display and Fyne, or the desktop's notifications if there is no
// display.
package display

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"traybell/assets/icons"
	"traybell/desktop/platform"
	"traybell/desktop/shell/loop"
	"traybell/desktop/system"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
)

// sessionStart is how long a desktop may take to offer notifications after the start of a session.
const sessionStart = 10 * time.Second

// Display is the opened display. It does not change.
type Display struct {
	Host     platform.Host   // nil without a display, as is Fyne: its app would end the program
	Notifier system.Notifier // replaces the display; else nil
	Windows  *ui.Windows
	Dark     bool // the system's look, as far as it is known at the start
	AskDark  bool // system.Dark knows better

	app   fyne.App
	loop  eventLoop
	close func() // what is below the app
	// returns the text that is selected in the program in front
	selected func() string
	gone     <-chan struct{} // closed when the display has gone; nil: never
}

// eventLoop runs functions on the goroutine of the windows.
type eventLoop interface {
	Do(f func())
	Start()
	Stop()
}

// Config configures a display.
type Config struct {
	Scale     float32 // of windows and cards; 0: the system's
	Settings  string  // the path of their file, for the log
	NoWindows func()  // called for each window that should be opened without a display
	Log       *slog.Logger
}

// Open opens what is available. It must be called on the first goroutine.
func Open(ctx context.Context, c Config) (*Display, error) {
	host, err := platform.NewHost(platform.Options{Scale: c.Scale, Log: c.Log})
	if err != nil {
		n, none := awaitNotifications(ctx, c.Log)
		if none != nil {
			return nil, fmt.Errorf("%w; the desktop's notifications are not available either: %w", err, none)
		}
		c.Log.Warn("no X display: popups are notifications, and there are no windows. Set traybell up in the "+
			"settings file or on the command line (traybell --help)",
			"notifications", n.Server(), "settings", c.Settings, "reason", err)
		return &Display{
			Notifier: n, loop: loop.NewBackground(), close: func() {},
			Windows: ui.NewWindows(nil, c.NoWindows),
		}, nil
	}
	d := &Display{Host: host}
	if err := d.openApp(c); err != nil {
		_ = host.Close()
		return nil, err
	}
	d.app.SetIcon(fyne.NewStaticResource("app.png", icons.App))
	d.Windows.KeepWithin(d.room)
	return d, nil
}

// awaitNotifications waits for a notification service: at the start of a session everything starts
// at once.
func awaitNotifications(ctx context.Context, log *slog.Logger) (system.Notifier, error) {
	for late := time.Now().Add(sessionStart); ; {
		n, err := system.Notifications(ctx, log)
		if err == nil || errors.Is(err, system.ErrNoBus) || time.Now().After(late) {
			return n, err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// HasWindows reports whether there is a display for windows.
func (d *Display) HasWindows() bool { return d.app != nil }

// Do queues a function for the goroutine of the windows. It is safe for concurrent use.
func (d *Display) Do(f func()) { d.loop.Do(f) }

// Copy copies a text to the clipboard.
func (d *Display) Copy(text string) { d.app.Clipboard().SetContent(text) }

// Selected returns the text that is selected in the program in front; empty if there is none, or the
// system cannot say. It may wait for that program, and is called on any goroutine.
func (d *Display) Selected() string {
	if d.selected == nil {
		return ""
	}
	return d.selected()
}

// SetTheme sets the look of windows.
func (d *Display) SetTheme(t fyne.Theme) {
	if d.app != nil {
		d.Do(func() { d.app.Settings().SetTheme(t) })
	}
}

// Monitors returns the names of the current monitors.
func (d *Display) Monitors() []string {
	if d.Host == nil {
		return nil
	}
	var names []string
	for _, m := range d.Host.Monitors() {
		names = append(names, m.Name)
	}
	return names
}

// room is the smallest work area of the monitors: a window may open on any of them.
func (d *Display) room() (width, height int) {
	for i, m := range d.Host.Monitors() {
		if i == 0 {
			width, height = m.Work.Dx(), m.Work.Dy()
		}
		width, height = min(width, m.Work.Dx()), min(height, m.Work.Dy())
	}
	return width, height
}

// Run runs the windows on this goroutine, the first, until the context ends or the display has
// gone. It calls started when windows can be shown.
func (d *Display) Run(ctx context.Context, started func()) {
	go func() {
		select {
		case <-ctx.Done():
		case <-d.gone:
		}
		d.Do(func() {
			d.loop.Stop()
			if d.app != nil {
				d.app.Quit()
			}
		})
	}()
	begin := func() {
		d.loop.Start()
		started()
	}
	if background, ok := d.loop.(*loop.Background); ok {
		begin()
		background.Run()
		return
	}
	d.app.Lifecycle().SetOnStarted(begin)
	d.app.Run()
}

// Close closes the display. Popups close the notifier.
func (d *Display) Close() {
	d.close()
	if d.Host != nil {
		_ = d.Host.Close()
	}
}
