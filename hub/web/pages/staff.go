package pages

import (
	"strings"

	"traybell/hub/staff"
)

// Staff returns the agents, whose names the pages show.
type Staff func() *staff.Staff

// Names returns the names of all agents by login.
func (s Staff) Names() map[string]string {
	names := map[string]string{}
	for _, a := range s().Agents() {
		names[a.Login] = a.Name
	}
	return names
}

// Called returns the names of agents, whose logins are separated by commas.
func (s Staff) Called(logins string) string {
	if logins == "" {
		return ""
	}
	var names []string
	for login := range strings.SplitSeq(logins, ",") {
		names = append(names, s().Name(strings.TrimSpace(login)))
	}
	return strings.Join(names, ", ")
}

// At returns the names of the agents at an extension; without one, the extension.
func (s Staff) At(extension string) string {
	var names []string
	for _, a := range s().At(extension) {
		names = append(names, a.Name)
	}
	if names == nil {
		return extension
	}
	return strings.Join(names, " / ") + " (" + extension + ")"
}
