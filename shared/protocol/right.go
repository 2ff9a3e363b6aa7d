package protocol

import "slices"

// Right is something that hub.yml lets an agent do.
type Right = string

// The rights.
const (
	RightTicket   Right = "ticket"   // make tickets, and add calls to tickets
	RightCategory Right = "category" // set categories of numbers
	RightBlock    Right = "block"    // block and unblock callers
)

// Rights returns all rights.
func Rights() []Right { return slices.Clone(rights) }

var rights = []Right{RightTicket, RightCategory, RightBlock}
