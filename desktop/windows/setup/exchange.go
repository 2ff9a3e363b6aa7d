package setup

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/desktop/shell/support"
	"traybell/desktop/ui/setup"
	"traybell/shared/bounded"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
)

// keyOver is how long the key that pressed a button may still be typed.
const keyOver = 50 * time.Millisecond

// afterKey opens a window with a field: the space that pressed the button is not typed into it.
func (w *Windows) afterKey(open func()) { time.AfterFunc(keyOver, func() { w.program.Do(open) }) }

// export asks for a file and writes the form's settings into it, saved or not.
func (w *Windows) export(form *setup.Form) {
	result, valid := form.Result()
	if !valid {
		return // the wrong field says so
	}
	text, err := settings.Export(result.Own)
	if err != nil {
		form.Fail(err.Error())
		return
	}
	file, replace := filepath.Join(support.Folder(), settings.ComputerName), ""
	w.askPath(w.texts.Say("settings.write_file"), file, setup.PathActions{
		Take: func(path string) string {
			if _, err := os.Stat(path); err == nil && path != replace {
				replace = path
				return w.texts.Say("path.replace")
			}
			if err := os.WriteFile(path, text, 0o600); err != nil {
				return w.texts.SayWith("settings.exported_not", map[string]any{"Reason": err.Error()})
			}
			w.windows.Hide(pathKind)
			form.Tell(w.texts.SayWith("settings.exported", map[string]any{"File": path}))
			return ""
		},
		Browse: func(chosen func(string)) {
			w.browse(dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
				if err == nil && folder != nil {
					chosen(filepath.Join(folder.Path(), settings.ComputerName))
				}
			}, w.windows.Window(pathKind)))
		},
	})
}

// importFile asks for a file and shows what it would change.
func (w *Windows) importFile(form *setup.Form) {
	path := filepath.Join(support.Folder(), settings.ComputerName)
	w.askPath(w.texts.Say("settings.open_file"), path, setup.PathActions{
		Take: func(path string) string {
			file, err := os.Open(path)
			if err != nil {
				return w.texts.SayWith("settings.imported_not", map[string]any{
					"File": filepath.Base(path), "Reason": err.Error(),
				})
			}
			defer file.Close() //nolint:errcheck // it was only read
			w.windows.Hide(pathKind)
			w.importFrom(form, filepath.Base(path), file)
			return ""
		},
		Browse: func(chosen func(string)) {
			d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
				if err == nil && file != nil {
					_ = file.Close()
					chosen(file.URI().Path())
				}
			}, w.windows.Window(pathKind))
			d.SetFilter(storage.NewExtensionFileFilter([]string{".json"}))
			w.browse(d)
		},
	})
}

// askPath opens the window for the path of a file.
func (w *Windows) askPath(what, path string, do setup.PathActions) {
	do.Close = func() { w.windows.Hide(pathKind) }
	take := do.Take
	do.Take = func(path string) string { return take(strings.TrimSpace(path)) }
	w.windows.Open(pathKind, w.texts.Say("settings.exchange"), setup.NewPath(w.texts.Now(), what, path, do),
		fyne.NewSize(560, 170), nil)
}

// browse shows folders in that window, which needs more room for them.
func (w *Windows) browse(d *dialog.FileDialog) {
	w.windows.Window(pathKind).Resize(fyne.NewSize(720, 520))
	d.SetTitleText(w.texts.Say("settings.exchange"))
	d.SetConfirmText(w.texts.Say("button.ok"))
	d.SetDismissText(w.texts.Say("button.cancel"))
	d.Show()
}

func (w *Windows) importFrom(form *setup.Form, name string, file io.Reader) {
	text, err := bounded.ReadAll(file, 1<<20)
	if err != nil {
		form.Fail(w.texts.SayWith("settings.imported_not", map[string]any{"File": name, "Reason": err.Error()}))
		return
	}
	imported, wrong := settings.Import(text)
	if wrong != nil {
		form.Fail(w.texts.SayWith("settings.imported_not", map[string]any{
			"File": name, "Reason": WrongFile(w.texts, wrong),
		}))
		return
	}
	own, ok := w.program.Shown()
	if !ok {
		return
	}
	now := imported.Inherit(own)
	w.propose(setup.Proposal{
		Title: w.texts.SayWith("join.file", map[string]any{"File": name}), Fingerprint: imported.Pin,
		Changes: settings.Changes(own, now),
	}, now)
}

// WrongFile says what is wrong with a file of settings.
func WrongFile(texts *translations.Texts, wrong *settings.FileError) string {
	text := texts.SayWith(wrong.Problem.Key, wrong.Problem.Places)
	if wrong.Field != "" {
		return fmt.Sprintf("%s: %s", wrong.Field, text)
	}
	return text
}
