//go:build !darwin

package display

import (
	"os"
	"runtime"

	"traybell/desktop/platform/frame"
	"traybell/desktop/ui"
	"traybell/desktop/ui/native"

	"fyne.io/fyne/v2"
)

// openApp opens an app whose windows are painted in memory.
func (d *Display) openApp(c Config) error {
	frames, err := frame.New(c.Log)
	if err != nil {
		return err
	}
	d.selected = frames.Selected
	d.close, d.gone = func() { _ = frames.Close() }, frames.Done()
	d.app, d.loop = native.New(d.Host, frames), always{}
	look := os.Getenv("FYNE_THEME")
	d.Dark, d.AskDark = look == "dark" || look == "" && runtime.GOOS != "windows", look == ""
	d.Windows = ui.NewWindows(d.app, nil)
	type press = func(fyne.KeyName, fyne.KeyModifier) bool
	d.Windows.HookKeys(func(window fyne.Window, press press, after, pointer func()) {
		native.HookKeys(window, native.KeyHooks{Press: press, After: after, Pointer: pointer})
	})
	return nil
}

// always is the loop of package native, which waits for work.
type always struct{}

// Do implements eventLoop.
func (always) Do(f func()) { fyne.Do(f) }

// Start implements eventLoop.
func (always) Start() {}

// Stop implements eventLoop.
func (always) Stop() {}
