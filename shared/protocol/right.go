package protocol

import "slices"

// Right is something that hub.yml lets an agent do.
type Right = string

// The rights.
const (
	RightTicket   Right = "ticket"   // make tickets, and add calls and notes to tickets
	RightCategory Right = "category" // set categories of numbers
	RightBlock    Right = "block"    // block and unblock callers
	RightControl  Right = "control"  // dial, answer, hold, transfer and hang up from the desktop

	RightNumbers Right = "numbers" // see a hidden number on request; it is written to the audit

	RightRecord         Right = "record"          // pause the recording of the agent's call, and go on
	RightRecordings     Right = "recordings"      // listen to the recordings of the agent's own calls
	RightTeamRecordings Right = "recordings_team" // also to those of agents in the same teams
)

// Rights returns all rights.
func Rights() []Right { return slices.Clone(rights) }

var rights = []Right{
	RightTicket,
	RightCategory,
	RightBlock,
	RightControl,
	RightNumbers,
	RightRecord,
	RightRecordings,
	RightTeamRecordings,
}
