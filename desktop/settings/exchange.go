package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"traybell/shared/protocol"
)

// maxFile limits the size of a settings file in bytes. With the longest links it is a few thousand.
const maxFile = 64 << 10

// FileError is why a settings file is rejected. Nothing of it is used.
type FileError struct { //nolint:errname // a message for the user, and an error
	Field   string   // key in the file; empty: the whole file
	Problem *Problem // for the user
	Err     error    // error of the JSON decoder, if any
}

func (w *FileError) Error() string {
	text := w.Problem.Key
	if w.Err != nil {
		text = w.Err.Error()
	}
	if w.Field != "" {
		text = w.Field + ": " + text
	}
	return text
}

func (w *FileError) Unwrap() error { return w.Err }

// Export returns the settings in the format of Import. It leaves out the password and what belongs
// to this installation.
func Export(own Own) ([]byte, error) {
	text, err := json.MarshalIndent(own.portable(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("export settings: %w", err)
	}
	return append(text, '\n'), nil
}

// portable clears what belongs to this installation.
func (o Own) portable() Own {
	o.Desktop, o.ToldNoTray, o.Quiet, o.Seen = "", false, Quiet{}, noTime
	return o
}

// Import parses a file written by Export or by an administrator. Values are checked like typed
// ones. The first invalid value or unknown name rejects the file.
func Import(text []byte) (Own, *FileError) {
	if len(text) > maxFile {
		return Own{}, &FileError{
			Problem: &Problem{Key: "problem.file_long", Places: map[string]any{"Most": maxFile >> 10}},
		}
	}
	var own Own
	// byte order mark of Windows editors
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	d.DisallowUnknownFields()
	err := d.Decode(&own)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("unexpected data after the settings")
		}
	}
	if err != nil {
		return Own{}, notJSON(text, err)
	}
	own = own.portable()
	if own == (Own{}) {
		return Own{}, &FileError{Problem: problem("problem.file_empty")}
	}
	if w := own.check(); w != nil {
		return Own{}, w
	}
	own.Pin, _ = CheckFingerprint(own.Pin)
	return own, nil
}

// notJSON describes an error of the JSON decoder.
func notJSON(text []byte, err error) *FileError {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	at := int64(-1)
	w := &FileError{Err: err}
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at, w.Field = kind.Offset, kind.Field
	}
	reason := strings.TrimPrefix(err.Error(), "json: ")
	if name, ok := strings.CutPrefix(reason, "unknown field "); ok {
		w.Problem = &Problem{Key: "problem.file_unknown", Places: map[string]any{"Field": strings.Trim(name, `"`)}}
		return w
	}
	line := 1
	if at > 0 {
		line += bytes.Count(text[:min(int(at), len(text))], []byte("\n"))
	}
	w.Problem = &Problem{Key: "problem.file_json", Places: map[string]any{"Line": line, "Reason": reason}}
	return w
}

// check checks all values that are set.
func (o Own) check() *FileError {
	var found *FileError
	wrong := func(field string, p *Problem) {
		if p != nil && found == nil {
			found = &FileError{Field: field, Problem: p}
		}
	}
	set := func(field, value string, check func(string) *Problem) {
		if value != "" {
			wrong(field, check(value))
		}
	}
	set("server", o.Server, func(v string) *Problem {
		host, port, p := CheckServer(v)
		if p == nil && (port != 0 || host != v) {
			p = problem("problem.server_invalid") // the port has a separate field
		}
		return p
	})
	if o.Port != 0 {
		_, p := CheckPort(fmt.Sprint(o.Port))
		wrong("port", p)
	}
	set("extension", o.Extension, func(v string) *Problem { _, p := CheckExtension(v); return p })
	for _, kind := range []struct {
		name string
		k    Kind
	}{{"incoming", o.Incoming}, {"answer", o.Answer}, {"warning", o.Warning}} {
		delay := func(part string, ms *int, most int) {
			if ms != nil {
				_, p := CheckDelay(fmt.Sprint(*ms), most)
				wrong(kind.name+"."+part, p)
			}
		}
		delay("appear", kind.k.Appear, MaxFade)
		delay("show", kind.k.Show, MaxShow)
		delay("disappear", kind.k.Disappear, MaxFade)
	}
	set("language", o.Language, func(v string) *Problem {
		if len(v) < 2 || len(v) > 3 || strings.Trim(v, "abcdefghijklmnopqrstuvwxyz") != "" {
			return problem("problem.language")
		}
		return nil
	})
	set("corner", o.Corner, oneOf("bottom-right", "bottom-left", "top-right", "top-left"))
	if o.Scale != 0 {
		_, p := CheckScale(fmt.Sprint(int(o.Scale*100 + 0.5)))
		wrong("scale", p)
	}
	set("show_as", o.ShowAs, oneOf(AsNotifications))
	if o.TextScale != 0 {
		_, p := CheckTextScale(fmt.Sprint(o.TextScale))
		wrong("text_scale", p)
	}
	set("theme", o.Theme, oneOf(Light, Dark))
	set("contrast", o.Contrast, oneOf(HighContrast))
	if o.Hotkey != nil {
		wrong("hotkey", CheckHotkey(*o.Hotkey))
	}
	set("updates", o.Updates,
		oneOf(string(protocol.UpdatesOff), string(protocol.UpdatesNotify), string(protocol.UpdatesInstall)))
	for _, name := range CallKeyNames() {
		wrong("hotkeys."+name, CheckHotkey(o.CallKey(name)))
	}
	set("web_path", o.WebPath, func(v string) *Problem { _, p := CheckWebPath(v); return p })
	link := func(v string) *Problem { return CheckLink(v, o.WebPath) }
	set("ticket_link", o.Ticket, link)
	set("cid_link", o.CID, link)
	set("map_link", o.Map, link)
	set("pin", o.Pin, func(v string) *Problem { _, p := CheckFingerprint(v); return p })
	return found
}

func oneOf(values ...string) func(string) *Problem {
	return func(v string) *Problem {
		for _, one := range values {
			if v == one {
				return nil
			}
		}
		return &Problem{Key: "problem.one_of", Places: map[string]any{"Values": strings.Join(values, ", ")}}
	}
}

// Change is a setting that differs: its key in the file, such as "incoming.show", and both values
// as text, empty if not set.
type Change struct {
	Key, Was, Now string
}

// Changes lists the differences between two settings in the order of the file.
func Changes(was, now Own) []Change {
	var out []Change
	walk("", reflect.ValueOf(was.portable()), reflect.ValueOf(now.portable()), func(key string, a, b reflect.Value) {
		if x, y := text(a), text(b); x != y {
			out = append(out, Change{Key: key, Was: x, Now: y})
		}
	})
	return out
}

// walk calls do for each pair of fields, including those of groups.
func walk(prefix string, a, b reflect.Value, do func(key string, a, b reflect.Value)) {
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		if x, y := a.Field(i), b.Field(i); x.Type() == reflect.TypeFor[Kind]() {
			walk(prefix+name+".", x, y, do)
		} else {
			do(prefix+name, x, y)
		}
	}
}

func text(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return fmt.Sprint(v.Interface())
}
