// Package native is a driver for Fyne that paints windows in memory and shows them in frames of
// package frame. Compared to Fyne's own it needs no OpenGL, gives back the memory of a window that
// was closed, and works only while something happens.
//
// Everything belongs to the goroutine of App.Run, the program's first, except App.Driver's
// DoFromGoroutine, which fyne.Do calls.
package native

import (
	"errors"
	"net/url"
	"time"

	"traybell/desktop/platform"
	"traybell/desktop/platform/frame"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/within"
	"github.com/pkg/browser"
)

// errNone is the error of what this program does not use.
var errNone = errors.New("not available")

// app is a Fyne app. Most of it is for widgets and dialogs.
type app struct {
	preferences fyne.Preferences
	driver      *driver
	settings    settings
	icon        fyne.Resource
	started     func()
}

// New creates an app and makes it Fyne's. Call it on the first goroutine.
func New(host platform.Host, system frame.System) fyne.App {
	within.Start()
	a := &app{driver: newDriver(host, system)}
	fyne.SetCurrentApp(a)
	a.preferences = within.NewPreferences()
	a.settings.theme = theme.DefaultTheme()
	return a
}

func (a *app) NewWindow(title string) fyne.Window { return a.driver.CreateWindow(title) }

func (a *app) OpenURL(u *url.URL) error { return browser.OpenURL(u.String()) }

func (a *app) Icon() fyne.Resource { return a.icon }

func (a *app) SetIcon(icon fyne.Resource) { a.icon = icon }

func (a *app) Run() {
	if a.started != nil {
		a.started()
	}
	a.driver.Run()
}

func (a *app) Quit() { a.driver.Quit() }

func (a *app) Driver() fyne.Driver { return a.driver }

func (a *app) UniqueID() string { return "io.github.traybell" }

func (a *app) SendNotification(*fyne.Notification) {}

func (a *app) ScheduleNotification(*fyne.Notification, time.Time) (*fyne.ScheduledNotification, error) {
	return nil, errNone
}

func (a *app) CancelScheduledNotification(string) error { return errNone }

func (a *app) Settings() fyne.Settings { return &a.settings }

func (a *app) Preferences() fyne.Preferences { return a.preferences }

func (a *app) Storage() fyne.Storage { return &within.Storage{} }

func (a *app) Lifecycle() fyne.Lifecycle { return a }

func (a *app) Metadata() fyne.AppMetadata {
	return fyne.AppMetadata{ID: a.UniqueID(), Name: "traybell", Icon: a.icon}
}

func (a *app) CloudProvider() fyne.CloudProvider { return nil }

func (a *app) SetCloudProvider(fyne.CloudProvider) {}

func (a *app) Clipboard() fyne.Clipboard { return clipboard{a.driver.system} }

func (a *app) Cache() fyne.Cache { return nil }

func (a *app) SetOnEnteredForeground(func()) {}

func (a *app) SetOnExitedForeground(func()) {}

func (a *app) SetOnStarted(f func()) { a.started = f }

func (a *app) SetOnStopped(func()) {}

// settings are Fyne's settings. There are no animations: each step would paint the whole window and,
// on a remote desktop, send it.
type settings struct {
	theme     fyne.Theme
	listeners []func(fyne.Settings)
}

func (s *settings) Theme() fyne.Theme { return s.theme }

func (s *settings) SetTheme(t fyne.Theme) {
	s.theme = t
	a := fyne.CurrentApp()
	within.ApplySettings(a)
	for _, w := range a.Driver().AllWindows() {
		w.(*window).painter.forget()
	}
	for _, l := range s.listeners {
		l(s)
	}
}

func (s *settings) ThemeVariant() fyne.ThemeVariant { return theme.VariantLight }

func (s *settings) Scale() float32 { return 1 }

func (s *settings) PrimaryColor() string { return theme.ColorBlue }

func (s *settings) AddChangeListener(chan fyne.Settings) {}

func (s *settings) AddListener(f func(fyne.Settings)) { s.listeners = append(s.listeners, f) }

func (s *settings) BuildType() fyne.BuildType { return fyne.BuildRelease }

func (s *settings) ShowAnimations() bool { return false }

// clipboard is the system's clipboard.
type clipboard struct{ frame.System }

func (c clipboard) Content() string { return c.Pasted() }

func (c clipboard) SetContent(text string) { c.Copy(text) }
