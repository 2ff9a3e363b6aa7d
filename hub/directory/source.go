package directory

import (
	"context"
	"fmt"

	"traybell/shared/protocol"
)

// Source is where customers are kept: a file, a database, an LDAP server.
type Source interface {
	// Name is the directory's name in hub.yml.
	Name() string
	// Read hands over all customers, one add each, in the source's own order; Customer.Directory
	// and Maybe need not be set. What cannot be used is told by problem, and the rest is read on.
	// An error means that the reading failed as a whole: what was added counts for nothing. add and
	// problem are called on the goroutine that called Read.
	Read(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error
}

// Stamped is a source that can tell cheaply whether it has changed. Its stamp is another one after
// every change.
type Stamped interface {
	Stamp(ctx context.Context) (string, error)
}

// Problem is something of a source that could not be used, or only in part.
type Problem struct {
	Line int    // of a file, the first is 1; 0 where the source has no lines
	Text string // what, why, and how to mend it
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}
