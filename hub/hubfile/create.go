package hubfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Create writes a first hub.yml, there as a whole or not at all, readable for its owner and group,
// who are those of like. It does not overwrite a file.
func Create(path string, text []byte, like fs.FileInfo) error {
	name, err := temporary(path, shared{like}, text)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(name) //nolint:errcheck // gone after the rename, or reported below
	switch err := os.Link(name, path); {
	case errors.Is(err, fs.ErrExist):
		return ErrChanged
	case err != nil:
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// CreateSecret writes a secret to a new file in a folder, which belongs to the folder's owner:
// name.secret, or name-2.secret if that has another one, and so on. A file that has this secret
// already is left. fresh reports whether the file is new.
func CreateSecret(folder, name, secret string) (file string, fresh bool, err error) {
	owner, err := os.Stat(folder)
	if err != nil {
		return "", false, err
	}
	for n := 1; n <= mostNew; n++ {
		file = filepath.Join(folder, name+".secret")
		if n > 1 {
			file = filepath.Join(folder, fmt.Sprintf("%s-%d.secret", name, n))
		}
		if text, err := os.ReadFile(file); err == nil && string(text) == secret+"\n" {
			return file, false, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		temporary, err := temporary(file, private{owner}, []byte(secret+"\n"))
		if err != nil {
			return "", false, err
		}
		err = errors.Join(os.Link(temporary, file), os.Remove(temporary))
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		return file, true, err
	}
	return "", false, fmt.Errorf("%s has too many files %s-….secret; remove those that hub.yml does not name", folder,
		name)
}

// shared and private are the owner of a file with other permissions.
type (
	shared  struct{ fs.FileInfo }
	private struct{ fs.FileInfo }
)

func (shared) Mode() fs.FileMode  { return 0o640 }
func (private) Mode() fs.FileMode { return 0o600 }
