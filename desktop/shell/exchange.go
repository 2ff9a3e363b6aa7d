package shell

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"traybell/desktop/settings"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
)

// pathWindow asks for a file.
const pathWindow = "path"

// What follows belongs to Fyne's goroutine.

// keyOver is when the key that pressed a button is done with.
const keyOver = 50 * time.Millisecond

// afterKey opens what has a field that begins with the keyboard: the blank that pressed the button
// would be typed into it.
func (s *shell) afterKey(open func()) { time.AfterFunc(keyOver, func() { s.loop.Do(open) }) }

// exportSettings asks for a file and writes the settings into it as they stand in the form, saved
// or not.
func (s *shell) exportSettings(form *ui.SettingsForm) {
	result, valid := form.Result()
	if !valid {
		return // the field that is wrong says so
	}
	text, err := settings.Export(result.Own)
	if err != nil {
		form.Fail(err.Error())
		return
	}
	file, replace := filepath.Join(home(), settings.ComputerName), ""
	s.askPath(s.texts.Say("settings.write_file"), file, ui.PathActions{
		Take: func(path string) string {
			if _, err := os.Stat(path); err == nil && path != replace {
				replace = path
				return s.texts.Say("path.replace")
			}
			if err := os.WriteFile(path, text, 0o600); err != nil {
				return s.texts.SayWith("settings.exported_not", map[string]any{"Reason": err.Error()})
			}
			s.windows.Hide(pathWindow)
			form.Tell(s.texts.SayWith("settings.exported", map[string]any{"File": path}))
			return ""
		},
		Browse: func(chosen func(string)) {
			s.browse(dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
				if err == nil && folder != nil {
					chosen(filepath.Join(folder.Path(), settings.ComputerName))
				}
			}, s.windows.Window(pathWindow)))
		},
	})
}

// importSettings asks for a file, and shows what it will change.
func (s *shell) importSettings(form *ui.SettingsForm) {
	s.askPath(s.texts.Say("settings.open_file"), filepath.Join(home(), settings.ComputerName), ui.PathActions{
		Take: func(path string) string {
			file, err := os.Open(path)
			if err != nil {
				return s.texts.SayWith("settings.imported_not", map[string]any{
					"File": filepath.Base(path), "Reason": err.Error(),
				})
			}
			defer file.Close() //nolint:errcheck // it was only read
			s.windows.Hide(pathWindow)
			s.importFrom(form, filepath.Base(path), file)
			return ""
		},
		Browse: func(chosen func(string)) {
			d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
				if err == nil && file != nil {
					_ = file.Close()
					chosen(file.URI().Path())
				}
			}, s.windows.Window(pathWindow))
			d.SetFilter(storage.NewExtensionFileFilter([]string{".json"}))
			s.browse(d)
		},
	})
}

// askPath opens the window that asks for a file.
func (s *shell) askPath(what, path string, do ui.PathActions) {
	do.Close = func() { s.windows.Hide(pathWindow) }
	take := do.Take
	do.Take = func(path string) string { return take(strings.TrimSpace(path)) }
	s.windows.Open(pathWindow, s.texts.Say("settings.exchange"), ui.NewPathForm(s.texts, what, path, do),
		fyne.NewSize(560, 170), nil)
}

// browse shows folders in the window that asks for a file, which needs more room for that.
func (s *shell) browse(d *dialog.FileDialog) {
	s.windows.Window(pathWindow).Resize(fyne.NewSize(720, 520))
	d.SetTitleText(s.texts.Say("settings.exchange"))
	d.SetConfirmText(s.texts.Say("button.ok"))
	d.SetDismissText(s.texts.Say("button.cancel"))
	d.Show()
}

func (s *shell) importFrom(form *ui.SettingsForm, name string, file io.Reader) {
	text, err := io.ReadAll(io.LimitReader(file, 1<<20))
	if err != nil {
		form.Fail(s.texts.SayWith("settings.imported_not", map[string]any{"File": name, "Reason": err.Error()}))
		return
	}
	imported, wrong := settings.Import(text)
	if wrong != nil {
		form.Fail(s.texts.SayWith("settings.imported_not", map[string]any{"File": name, "Reason": s.wrongFile(wrong)}))
		return
	}
	var own settings.Own
	if !s.ask(func() { own = s.opts.over(s.kept()) }) {
		return
	}
	now := imported.Inherit(own)
	s.propose(ui.Proposal{
		Title: s.texts.SayWith("join.file", map[string]any{"File": name}), Fingerprint: imported.Pin,
		Changes: settings.Changes(own, now),
	}, now)
}

// wrongFile says what is wrong with a file of settings.
func (s *shell) wrongFile(w *settings.FileError) string {
	text := s.texts.SayWith(w.Problem.Key, w.Problem.Places)
	if w.Field != "" {
		return fmt.Sprintf("%s: %s", w.Field, text)
	}
	return text
}
