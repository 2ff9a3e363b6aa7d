package shell

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"traybell/assets/icons"
	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/popup"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/desktop/ui/card"
	"traybell/desktop/ui/idle"
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/theme"
)

// nativeNotifications: this system's notifications can do what popups must, be pressed.
const nativeNotifications = runtime.GOOS != "windows" && runtime.GOOS != "darwin"

// cards is whatever shows cards: windows of our own, or the desktop's notifications.
type cards interface {
	SetCards(cards []model.Card)
	SetDelays(d protocol.Popups)
	SetLook(l card.Look)
	SetPlace(c popup.Corner, monitor string)
	Close()
}

// stage is where the program shows itself. Two of its parts may be missing: without a display there
// is no host and no Fyne (its app ends the program there), without a session bus no notifier.
type stage struct {
	host     platform.Host
	notifier platform.Notifier
	app      fyne.App
	windows  *ui.Windows
	popups   cards
	native   bool  // popups are the desktop's notifications
	unwilled error // why they are not, though they were asked for
	access   access
	loop     interface {
		Do(f func())
		Start()
		Stop()
	}
}

// setStage finds out what there is to show popups with. Where there is a display, they are windows
// of our own unless the agent wants otherwise; where there is none, notifications are all that is
// left.
func (s *shell) setStage() error {
	own := s.kept()
	host, err := platform.NewHost(platform.Options{Scale: own.Scale, Log: s.log})
	if err == nil {
		s.host = host
		prepareFyne(own.Scale)
		s.app = app.NewWithID("io.github.traybell")
		s.app.SetIcon(fyne.NewStaticResource("app.png", icons.App))
		s.windows = ui.NewWindows(s.app, idle.OpenGL, s.noWindows)
		s.windows.HookKeys(hookKeys)
		s.windows.KeepWithin(s.roomForWindows)
		s.loop = idle.New(s.windows.Any)
		s.look = card.Look{Dark: s.app.Settings().ThemeVariant() == theme.VariantDark, Texts: s.texts}
		if own.ShowAs == settings.AsNotifications {
			if s.notifier, s.unwilled = platform.Notifications(s.ctx, s.log); s.unwilled != nil {
				s.log.Warn("popups are windows of our own, though notifications are asked for", "reason", s.unwilled)
			}
		}
	} else {
		var none error
		if s.notifier, none = s.awaitNotifications(); none != nil {
			return fmt.Errorf("%w; the desktop's notifications cannot be had instead: %w", err, none)
		}
		s.windows = ui.NewWindows(nil, func() error { return err }, s.noWindows)
		s.loop = newBackground()
		s.look = card.Look{Texts: s.texts}
		s.log.Warn("there is no X display: popups are the desktop's notifications, and there are no windows. Set "+
			"traybell up in the settings file or on the command line (traybell --help)",
			"notifications", s.notifier.Server(), "settings", s.file.Path(), "reason", err)
	}
	s.setAccess()
	s.popups = s.newPopups()
	return nil
}

// awaitNotifications waits for the desktop's notifications a while: at the begin of a session
// everybody is started at once.
func (s *shell) awaitNotifications() (platform.Notifier, error) {
	for late := time.Now().Add(trayWithin); ; {
		n, err := platform.Notifications(s.ctx, s.log)
		if err == nil || errors.Is(err, platform.ErrNoBus) || time.Now().After(late) {
			return n, err
		}
		select {
		case <-time.After(time.Second):
		case <-s.ctx.Done():
			return nil, err
		}
	}
}

// strike takes everything off the screen.
func (s *shell) strike() {
	s.popups.Close()
	if s.notifier != nil {
		_ = s.notifier.Close()
	}
	if s.host != nil {
		_ = s.host.Close()
	}
}

// newPopups shows cards with what there is.
func (s *shell) newPopups() cards {
	o := screen.Options{
		Look: s.look, Popups: s.inForce().Popups, Corner: s.corner(), Monitor: s.kept().Monitor, Do: s.loop.Do,
		Log: s.log, Events: s.events(),
	}
	if s.app == nil {
		o.Events.Copy = nil // the clipboard is the display's
	}
	s.native = s.notifier != nil && (s.host == nil || s.kept().ShowAs == settings.AsNotifications)
	if s.native {
		return screen.NewNotifications(s.notifier, o)
	}
	return screen.New(s.host, o)
}

// restage changes how popups are shown, after the settings have changed. It belongs to the shell's
// goroutine, which does not wait for the desktop.
func (s *shell) restage() {
	s.setAccess()
	s.popups.SetLook(s.look)
	want := s.kept().ShowAs == settings.AsNotifications
	switch {
	case s.host == nil || want == s.native:
		return
	case want && s.notifier == nil:
		go func() {
			n, err := platform.Notifications(s.ctx, s.log)
			s.post(func() {
				if s.notifier, s.unwilled = n, err; err != nil {
					s.notifier = nil
					s.log.Warn("notifications cannot be had", "reason", err)
					s.notice("native", "notice.no_native", s.texts.Say("notice.no_native_why"))
					return
				}
				s.restage()
			})
		}()
		return
	}
	old := s.popups
	s.popups = s.newPopups()
	old.Close()
	s.refresh()
}

// perform runs the program on this goroutine, the first, until it ends. Started is called once
// things can be shown.
func (s *shell) perform(started func()) {
	s.work.Go(func() {
		<-s.ctx.Done()
		s.loop.Do(func() {
			s.loop.Stop()
			if s.app != nil {
				s.app.Quit()
			}
		})
	})
	begin := func() {
		s.loop.Start()
		started()
	}
	if s.app == nil {
		begin()
		s.loop.(*background).run()
		return
	}
	s.app.Lifecycle().SetOnStarted(begin)
	s.app.Run()
}

// canOpen tells whether windows can be opened here. Where they cannot it says so, and what to do
// instead; nothing of Fyne's may be made then.
func (s *shell) canOpen() bool {
	if s.app == nil {
		s.post(s.noDisplay)
		return false
	}
	if err := s.windows.Possible(); err != nil {
		s.noWindows(err)
		return false
	}
	return true
}

// noDisplay says what the window would say that cannot be opened.
func (s *shell) noDisplay() {
	a := s.about()
	s.notice("display", "notice.no_display", strings.Join([]string{
		s.texts.SayWith("notice.no_display_why", map[string]any{"File": a.Settings}),
		s.texts.Say("about.connection") + ": " + a.Connection,
		s.texts.Say("about.version") + ": " + cmp.Or(a.Version, s.texts.Say("about.none")),
		s.texts.Say("about.popups") + ": " + a.Popups,
		s.texts.Say("about.log") + ": " + a.Log,
	}, "\n"))
}

// prepareFyne says what Fyne reads from the environment, before it does. What the agent has set
// there wins.
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
		set("FYNE_PLATFORM", "x11") // as the popups: one connection for clipboard, windows and cards, under Wayland too
	}
}
