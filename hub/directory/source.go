package directory

import (
	"context"
	"fmt"

	"traybell/shared/protocol"
)

// Source has customers: a file, a database, an LDAP server.
type Source interface {
	// Name returns the name of the directory in hub.yml.
	Name() string
	// Read calls add for every customer, in the order of the source; Customer.Directory and Maybe
	// need not be set. It calls problem for a row that cannot be used and continues. On an error
	// all customers that were added are dropped. add and problem run on the goroutine of Read.
	Read(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error
}

// Stamped is a source that detects changes cheaply: every change changes the stamp.
type Stamped interface {
	Stamp(ctx context.Context) (string, error)
}

// Ending is a source that knows whether what it read last ends as it should.
type Ending interface {
	Whole() bool
}

// Problem is a row of a source that cannot be used, or only in part.
type Problem struct {
	Line int    // of a file, from 1; 0 if the source has no lines
	Key  string // of the directory in hub.yml, such as map.UserPhone; empty: it is about a row
	Text string // what, why, and how to fix it
}

func (p Problem) String() string {
	if p.Key != "" {
		return p.Key + ": " + p.Text
	}
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}
