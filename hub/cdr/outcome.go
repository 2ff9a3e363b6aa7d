package cdr

import "traybell/shared/protocol"

// Outcome is how a call ended.
type Outcome struct {
	Direction protocol.Direction
	Result    Result
}

// Result is what came of a call.
type Result string

// The results.
const (
	WasAnswered Result = "answered"
	WasMissed   Result = "missed"     // came in, or was for a colleague
	Unanswered  Result = "unanswered" // an outgoing call
	WasBlocked  Result = "blocked"    // the PBX turned it away
	Unseen      Result = "unseen"     // the hub did not see the end, and knows no answer
)

// Results are all results.
var Results = []Result{WasAnswered, WasMissed, Unanswered, WasBlocked, Unseen}

// Outcome returns how a call that is not Open ended.
func (r Record) Outcome() Outcome {
	of := Outcome{r.Direction, Unanswered}
	switch {
	case !r.Answered.IsZero():
		of.Result = WasAnswered
	case r.Blocked != "":
		of.Result = WasBlocked
	case r.Missed:
		of.Result = WasMissed
	case r.EndUnseen:
		of.Result = Unseen
	}
	return of
}
