package shell

import (
	"errors"
	"fmt"
	"io"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"traybell/desktop/settings"
	"traybell/desktop/ui"
)

// What follows belongs to Fyne's goroutine.

// keyOver is when the key that pressed a button is done with.
const keyOver = 50 * time.Millisecond

// afterKey opens what has a field that begins with the keyboard: the blank that pressed the button would be typed into it.
func (s *shell) afterKey(open func()) { time.AfterFunc(keyOver, func() { s.loop.Do(open) }) }

// exportSettings asks for a file and writes the settings into it as they stand in the form, saved or not.
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
	d := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		if err == nil && file == nil {
			return // the agent thought better of it
		}
		if err == nil {
			_, err = file.Write(text)
			err = errors.Join(err, file.Close())
		}
		if err != nil {
			form.Fail(s.texts.SayWith("settings.exported_not", map[string]any{"Reason": err.Error()}))
			return
		}
		form.Tell(s.texts.SayWith("settings.exported", map[string]any{"File": file.URI().Path()}))
	}, s.windows.Window(settingsWindow))
	d.SetFileName(settings.ComputerName)
	d.SetTitleText(s.texts.Say("settings.exchange"))
	d.SetConfirmText(s.texts.Say("settings.write_file"))
	d.SetDismissText(s.texts.Say("button.cancel"))
	d.Show()
}

// importSettings asks for a file, and shows what it will change.
func (s *shell) importSettings(form *ui.SettingsForm) {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err == nil && file == nil {
			return
		}
		if err != nil {
			form.Fail(err.Error())
			return
		}
		defer file.Close() //nolint:errcheck // it was only read
		s.importFrom(form, file.URI().Name(), file)
	}, s.windows.Window(settingsWindow))
	d.SetTitleText(s.texts.Say("settings.exchange"))
	d.SetFilter(storage.NewExtensionFileFilter([]string{".json"}))
	d.SetConfirmText(s.texts.Say("settings.open_file"))
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
	now := imported.Above(own)
	s.propose(ui.Proposal{
		Title: s.texts.SayWith("join.file", map[string]any{"File": name}), Fingerprint: imported.Pin, Changes: settings.Changes(own, now),
	}, now)
}

// wrongFile says what is wrong with a file of settings.
func (s *shell) wrongFile(w *settings.WrongFile) string {
	text := s.texts.SayWith(w.Problem.Key, w.Problem.Places)
	if w.Field != "" {
		return fmt.Sprintf("%s: %s", w.Field, text)
	}
	return text
}
