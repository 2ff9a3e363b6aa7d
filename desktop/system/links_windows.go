package system

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Keys of Default Programs below HKEY_CURRENT_USER. The class defines how a URL is opened. The
// capabilities list the program as a choice for tel: in Windows' settings; since Windows 8 only the
// user can choose it.
const (
	classes         = `Software\Classes\`
	linkClass       = "Traybell.Link"
	capabilitiesKey = `Software\traybell\Capabilities`
	registeredKey   = `Software\RegisteredApplications`
	openCommand     = `\shell\open\command`
)

// line is the class's command line. %1 is the URL, which may contain anything; after -- it is never
// an option.
func (l Links) line() string {
	return windows.ComposeCommandLine(append([]string{l.Command.Program}, l.Command.Args...)) + ` -- "%1"`
}

// Enabled reports whether the program is registered for Schemes.
func (l Links) Enabled() (bool, error) {
	registered, err := stringValue(registeredKey, runName)
	if err != nil || registered != capabilitiesKey {
		return false, err
	}
	command, err := stringValue(classes+linkClass+openCommand, "")
	return command != "", err
}

// Set registers the program for Schemes or removes it. Schemes without a handler are handled at
// once; for others the user chooses.
func (l Links) Set(on bool) error {
	if on {
		return l.register()
	}
	var errs []error
	for _, s := range Schemes() {
		command, err := stringValue(classes+s+openCommand, "")
		if err == nil && isOurs(command) {
			err = deleteTree(classes + s)
		}
		errs = append(errs, err)
	}
	return errors.Join(append(errs, deleteValue(registeredKey, runName), deleteTree(capabilitiesKey),
		deleteTree(classes+linkClass))...)
}

func (l Links) register() error {
	type value struct{ key, name, text string }
	values := []value{
		{classes + linkClass, "", "URL:traybell"},
		{classes + linkClass, "URL Protocol", ""},
		{classes + linkClass + `\DefaultIcon`, "", windows.EscapeArg(l.Command.Program) + ",0"},
		{classes + linkClass + openCommand, "", l.line()},
		{capabilitiesKey, "ApplicationName", "traybell"},
		{capabilitiesKey, "ApplicationDescription", "Shows who is calling and creates tickets."},
		{registeredKey, runName, capabilitiesKey},
	}
	for _, s := range Schemes() {
		values = append(values, value{capabilitiesKey + `\URLAssociations`, s, linkClass})
		command, err := stringValue(classes+s+openCommand, "")
		if err != nil {
			return err
		}
		if command == "" || isOurs(command) {
			values = append(values, value{classes + s, "", "URL:" + s}, value{classes + s, "URL Protocol", ""}, value{
				classes + s + openCommand, "", l.line(),
			})
		}
	}
	for _, v := range values {
		if err := setValue(v.key, v.name, v.text); err != nil {
			return err
		}
	}
	return nil
}

// isOurs reports whether a command in the registry starts this program.
func isOurs(command string) bool {
	return strings.Contains(strings.ToLower(command), "traybell") && strings.HasSuffix(command, ` -- "%1"`)
}

// deleteTree deletes a key and its subkeys, if it exists.
func deleteTree(key string) error {
	k, err := registry.OpenKey(registry.CURRENT_USER, key, registry.ENUMERATE_SUB_KEYS)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf(`registry, HKCU\%s: %w`, key, err)
	}
	below, err := k.ReadSubKeyNames(-1)
	_ = k.Close()
	for _, name := range below {
		err = errors.Join(err, deleteTree(key+`\`+name))
	}
	if err == nil {
		err = registry.DeleteKey(registry.CURRENT_USER, key)
	}
	if err != nil {
		return fmt.Errorf(`registry, HKCU\%s: %w`, key, err)
	}
	return nil
}
