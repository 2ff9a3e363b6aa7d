package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"time"

	"traybell/shared/bounded"
)

// ComputerName is the name of the file with an administrator's settings for all users of a
// computer. It has the format of Export.
const ComputerName = "traybell.json"

var noTime time.Time

// ComputerFiles returns the places of that file: next to the program, then the system's folders.
// The first existing file is used.
func ComputerFiles() []string {
	var places []string
	if program, err := os.Executable(); err == nil {
		if whole, err := filepath.EvalSymlinks(program); err == nil {
			program = whole
		}
		places = append(places, filepath.Join(filepath.Dir(program), ComputerName))
	}
	switch runtime.GOOS {
	case "windows":
		if data := os.Getenv("ProgramData"); data != "" {
			places = append(places, filepath.Join(data, "traybell", ComputerName))
		}
	case "darwin":
		places = append(places, filepath.Join("/Library", "Application Support", "traybell", ComputerName))
	default:
		dirs := filepath.SplitList(os.Getenv("XDG_CONFIG_DIRS"))
		if len(dirs) == 0 {
			dirs = []string{"/etc/xdg"} // default of the XDG Base Directory Specification
		}
		for _, dir := range dirs {
			places = append(places, filepath.Join(dir, "traybell", ComputerName))
		}
	}
	return places
}

// LoadComputer reads the first existing file and returns its path. Without a file both are empty.
// On an error, a *FileError for invalid contents, nothing of the file is used.
func LoadComputer(places []string) (own Own, path string, err error) {
	for _, path := range places {
		text, err := bounded.ReadFile(path, maxSettings)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return Own{}, path, fmt.Errorf("read computer settings: %w", err)
		}
		own, wrong := Import(text)
		if wrong != nil {
			return Own{}, path, wrong
		}
		return own, path, nil
	}
	return Own{}, "", nil
}

// Inherit fills unset settings from those of the computer. The hub's address, port and certificate
// go together.
func (o Own) Inherit(computer Own) Own {
	if o.Server != "" {
		computer.Server, computer.Port, computer.Pin = "", 0, ""
	}
	merged := reflect.ValueOf(&o).Elem()
	walk("", merged, reflect.ValueOf(computer), func(_ string, own, inherited reflect.Value) {
		if own.IsZero() {
			own.Set(inherited)
		}
	})
	return o
}

// StripInherited clears settings that equal those of the computer, so that they keep following it.
func (o Own) StripInherited(computer Own) Own {
	if o.Server != "" && !o.SameHub(computer) {
		computer.Server, computer.Port, computer.Pin = "", 0, ""
	}
	own := reflect.ValueOf(&o).Elem()
	if computer.Server != "" && computer.Port == 0 {
		computer.Port = DefaultPort
		if o.Port == 0 {
			o.Port = DefaultPort
		}
	}
	walk("", own, reflect.ValueOf(computer), func(_ string, own, inherited reflect.Value) {
		if !inherited.IsZero() && text(own) == text(inherited) {
			own.SetZero()
		}
	})
	return o
}
