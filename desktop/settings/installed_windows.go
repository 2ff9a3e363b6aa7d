package settings

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows/registry"
)

// installedKey has what the setup program was given.
const installedKey = `Software\traybell`

// Installed reads the hub that the setup program was given, for all users or for this one, and
// returns its place. Without one both are empty. The error is a *FileError for invalid values.
func Installed() (own Own, place string, err error) {
	for _, root := range []struct {
		key  registry.Key
		name string
	}{{registry.LOCAL_MACHINE, `HKLM\`}, {registry.CURRENT_USER, `HKCU\`}} {
		place = root.name + installedKey
		k, err := registry.OpenKey(root.key, installedKey, registry.QUERY_VALUE)
		if errors.Is(err, registry.ErrNotExist) {
			continue
		}
		if err != nil {
			return Own{}, place, fmt.Errorf("registry, %s: %w", place, err)
		}
		hub, _, hubErr := k.GetStringValue("Hub")
		pin, _, pinErr := k.GetStringValue("Fingerprint")
		_ = k.Close()
		for _, err := range []error{hubErr, pinErr} {
			if err != nil && !errors.Is(err, registry.ErrNotExist) {
				return Own{}, place, fmt.Errorf("registry, %s: %w", place, err)
			}
		}
		if hub == "" {
			continue
		}
		own, wrong := given(hub, pin)
		if wrong != nil {
			return Own{}, place, wrong
		}
		return own, place, nil
	}
	return Own{}, "", nil
}
