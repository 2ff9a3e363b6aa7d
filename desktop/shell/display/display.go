// Package display opens the display and Fyne, or the desktop's notifications if there is no
// display.
package display

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"time"

	"traybell/assets/icons"
	"traybell/desktop/platform"
	"traybell/desktop/shell/loop"
	"traybell/desktop/ui"
	"traybell/desktop/ui/idle"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/theme"
)

// sessionStart is how long a desktop may take to offer notifications after the start of a session.
const sessionStart = 10 * time.Second

// Display is the opened display. It does not change.
type Display struct {
	Host     platform.Host     // nil without a display, as is Fyne: its app would end the program
	Notifier platform.Notifier // replaces the display; else nil
	Windows  *ui.Windows
	Dark     bool

	app  fyne.App
	loop interface {
		Do(f func())
		Start()
		Stop()
	}
}

// Config configures a display.
type Config struct {
	Scale     float32 // of windows and cards; 0: the system's
	Settings  string  // the path of their file, for the log
	NoWindows func(error)
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
			Notifier: n, loop: loop.NewBackground(),
			Windows: ui.NewWindows(nil, func() error { return err }, c.NoWindows),
		}, nil
	}
	prepareFyne(c.Scale)
	d := &Display{Host: host, app: app.NewWithID("io.github.traybell")}
	d.app.SetIcon(fyne.NewStaticResource("app.png", icons.App))
	d.Dark = d.app.Settings().ThemeVariant() == theme.VariantDark
	d.Windows = ui.NewWindows(d.app, idle.OpenGL, c.NoWindows)
	d.Windows.HookKeys(hookKeys)
	d.Windows.KeepWithin(d.room)
	d.loop = idle.New(d.Windows.Any)
	return d, nil
}

// awaitNotifications waits for a notification service: at the start of a session everything starts
// at once.
func awaitNotifications(ctx context.Context, log *slog.Logger) (platform.Notifier, error) {
	for late := time.Now().Add(sessionStart); ; {
		n, err := platform.Notifications(ctx, log)
		if err == nil || errors.Is(err, platform.ErrNoBus) || time.Now().After(late) {
			return n, err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// HasWindows reports whether there is a display for windows. OpenGL may still be missing.
func (d *Display) HasWindows() bool { return d.app != nil }

// Do queues a function for the goroutine of the windows. It is safe for concurrent use.
func (d *Display) Do(f func()) { d.loop.Do(f) }

// Copy copies a text to the clipboard, which GLFW's hidden window owns.
func (d *Display) Copy(text string) { d.app.Clipboard().SetContent(text) }

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

// Run runs the windows on this goroutine, the first, until the context ends. It calls started when
// windows can be shown.
func (d *Display) Run(ctx context.Context, started func()) {
	go func() {
		<-ctx.Done()
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
	if d.Host != nil {
		_ = d.Host.Close()
	}
}

// hookKeys passes keys to a window before its widgets.
func hookKeys(window fyne.Window, press func(fyne.KeyName, fyne.KeyModifier) bool, after, pointer func()) {
	idle.HookKeys(window, idle.KeyHooks{Press: press, After: after, Pointer: pointer})
}

// prepareFyne sets Fyne's environment variables, except those that the agent has set.
func prepareFyne(scale float32) {
	set := func(name, value string) {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, value)
		}
	}
	if scale > 0 {
		set("FYNE_SCALE", strconv.FormatFloat(float64(scale), 'f', 2, 32))
		set("FYNE_DISABLE_DPI_DETECTION", "true")
	}
	if runtime.GOOS == "linux" {
		set("FYNE_PLATFORM", "x11") // one connection for clipboard, windows and cards, under Wayland too
	}
}
