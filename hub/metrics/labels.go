package metrics

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"sync"

	"traybell/hub/helpdesk"
)

// The kinds of errors of the help desk.
const (
	timedOut       = "timeout"
	deskDown       = "down"
	deskRefused    = "refused"
	deskCustomer   = "customer"
	deskSetup      = "setup"
	deskUnsearched = "search"
)

var helpDeskErrors = []string{timedOut, deskDown, deskRefused, deskCustomer, deskSetup, deskUnsearched}

// helpDeskError returns the kind of an error.
func helpDeskError(err error) string {
	var e *helpdesk.Error
	switch {
	case errors.Is(err, helpdesk.ErrCannotLookUp):
		return deskUnsearched
	case errors.Is(err, context.DeadlineExceeded): // also net/http's
		return timedOut
	case !errors.As(err, &e), e.Retry, e.Uncertain:
		return deskDown
	case e.Customer != "":
		return deskCustomer
	case e.Refused:
		return deskRefused
	}
	return deskSetup
}

// mostVersions is how many versions of terminals get a series until the hub restarts. Terminals
// choose their version, so there may be any number.
const mostVersions = 20

const otherVersion = "other"

var plainVersion = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}$`)

// versions are the versions of terminals that have a series, in the order in which they came.
type versions struct {
	mu    sync.Mutex
	known []string
}

// newVersions reserves a place for the hub's version.
func newVersions(hub string) versions { return versions{known: []string{hub}} }

// label returns the label of a version.
func (v *versions) label(version string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case slices.Contains(v.known, version):
		return version
	case len(v.known) == mostVersions, !plainVersion.MatchString(version):
		return otherVersion
	}
	v.known = append(v.known, version)
	return version
}
