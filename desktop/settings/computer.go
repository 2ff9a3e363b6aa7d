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
)

// ComputerName is the name of the file with which an administrator sets up every desktop of a
// computer. It has what Export writes.
const ComputerName = "traybell.json"

var zeroTime time.Time

// ComputerFiles are the places of the file for all users of a computer; the first that exists
// counts: beside the program, then the system's folder.
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
			dirs = []string{"/etc/xdg"} // as the XDG Base Directory Specification says
		}
		for _, dir := range dirs {
			places = append(places, filepath.Join(dir, "traybell", ComputerName))
		}
	}
	return places
}

// LoadComputer reads the first of the files that exists, and says which it was; where none does,
// both are empty. With an error, which is a *WrongFile where the contents are to blame, nothing of
// the file counts.
func LoadComputer(places []string) (own Own, path string, err error) {
	for _, path := range places {
		text, err := readSettings(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return Own{}, path, fmt.Errorf("the settings of this computer: %w", err)
		}
		own, wrong := Import(text)
		if wrong != nil {
			return Own{}, path, wrong
		}
		return own, path, nil
	}
	return Own{}, "", nil
}

// Above lays the agent's own settings over those of the computer. The hub's address, port and
// certificate go together.
func (o Own) Above(computer Own) Own {
	if o.Server != "" {
		computer.Server, computer.Port, computer.Pin = "", 0, ""
	}
	merged := reflect.ValueOf(&o).Elem()
	walk("", merged, reflect.ValueOf(computer), func(_ string, mine, theirs reflect.Value) {
		if mine.IsZero() {
			mine.Set(theirs)
		}
	})
	return o
}

// Apart leaves out what is as the computer's settings say anyway, so that it goes on following
// them.
func (o Own) Apart(computer Own) Own {
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
	walk("", own, reflect.ValueOf(computer), func(_ string, mine, theirs reflect.Value) {
		if !theirs.IsZero() && text(mine) == text(theirs) {
			mine.SetZero()
		}
	})
	return o
}
