package system

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Keys below HKEY_CURRENT_USER. The second one holds what the user disabled in Windows' settings:
// the first byte is odd then.
const (
	runKey      = `Software\Microsoft\Windows\CurrentVersion\Run`
	approvedKey = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
	runName     = "traybell"
)

// errAutostartForAll is why the user cannot turn it off.
var errAutostartForAll = errors.New("traybell starts at sign-in for all users of this computer; an administrator can " +
	"change that")

// startsForAll reports whether the setup program has registered the start for all users. With an
// entry for this user the program would be started twice.
func startsForAll() bool {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, runKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer func() { _ = k.Close() }()
	command, _, err := k.GetStringValue(runName)
	return err == nil && command != ""
}

// Enabled reports whether the program starts when this user signs in.
func (a Autostart) Enabled() (bool, error) {
	if startsForAll() {
		return true, nil
	}
	command, err := stringValue(runKey, runName)
	if err != nil || command == "" {
		return false, err
	}
	k, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.QUERY_VALUE)
	if err != nil {
		return true, nil //nolint:nilerr // nothing is disabled
	}
	defer func() { _ = k.Close() }()
	state, _, err := k.GetBinaryValue(runName)
	return err != nil || len(state) == 0 || state[0]&1 == 0, nil
}

// Set enables or disables the start at sign-in.
func (a Autostart) Set(on bool) error {
	forAll := startsForAll()
	if !on || forAll {
		err := deleteValue(runKey, runName)
		if !on && forAll {
			err = errors.Join(err, errAutostartForAll)
		}
		return err
	}
	if err := setValue(runKey, runName,
		windows.ComposeCommandLine(append([]string{a.Command.Program}, a.Command.Args...))); err != nil {
		return err
	}
	return deleteValue(approvedKey, runName)
}

// stringValue reads a value below HKEY_CURRENT_USER. A missing value is empty.
func stringValue(key, name string) (string, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, key, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf(`registry, HKCU\%s: %w`, key, err)
	}
	defer func() { _ = k.Close() }()
	value, _, err := k.GetStringValue(name)
	if err != nil && !errors.Is(err, registry.ErrNotExist) {
		return "", fmt.Errorf(`registry, HKCU\%s, %s: %w`, key, name, err)
	}
	return value, nil
}

// setValue creates the key if it is missing.
func setValue(key, name, value string) error {
	k, _, err := registry.CreateKey(registry.CURRENT_USER, key, registry.SET_VALUE)
	if err == nil {
		err = errors.Join(k.SetStringValue(name, value), k.Close())
	}
	if err != nil {
		return fmt.Errorf(`registry, HKCU\%s, %s: %w`, key, name, err)
	}
	return nil
}

func deleteValue(key, name string) error {
	k, err := registry.OpenKey(registry.CURRENT_USER, key, registry.SET_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = k.DeleteValue(name)
		_ = k.Close()
	}
	if err != nil && !errors.Is(err, registry.ErrNotExist) {
		return fmt.Errorf(`registry, HKCU\%s, %s: %w`, key, name, err)
	}
	return nil
}
