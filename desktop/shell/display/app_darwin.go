package display

import (
	"os"
	"strconv"

	"traybell/desktop/ui"
	"traybell/desktop/ui/idle"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/theme"
)

// openApp opens an app of Fyne's own driver, which uses OpenGL: each Mac has it.
func (d *Display) openApp(c Config) error {
	if c.Scale > 0 && os.Getenv("FYNE_SCALE") == "" {
		_ = os.Setenv("FYNE_SCALE", strconv.FormatFloat(float64(c.Scale), 'f', 2, 32))
	}
	d.app, d.close = app.NewWithID("io.github.traybell"), func() {}
	d.Dark = d.app.Settings().ThemeVariant() == theme.VariantDark
	d.Windows = ui.NewWindows(d.app, nil)
	d.Windows.HookKeys(func(window fyne.Window, press func(fyne.KeyName, fyne.KeyModifier) bool,
		after, pointer func(),
	) {
		idle.HookKeys(window, idle.KeyHooks{Press: press, After: after, Pointer: pointer})
	})
	d.loop = idle.New(d.Windows.Any)
	return nil
}
