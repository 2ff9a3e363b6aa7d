package trace

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGuesses(t *testing.T) {
	guessed := func(endpoint, side string) Step {
		return Step{What: Guessed, Text: endpoint, Words: []string{side}, Why: "no evidence"} // of an earlier version
	}
	got := Guesses([]Trace{
		{PBX: "main", Steps: []Step{guessed("SIP/701", Outside), guessed("SIP/205", Inside)}},
		{PBX: "branch", Steps: []Step{guessed("SIP/701", Inside)}},
		{PBX: "main", Steps: []Step{guessed("SIP/701", Inside)}},
		{PBX: "main", Steps: []Step{ // corrected within the call
			guessed("SIP/702", Inside),
			{What: Endpoints, Words: []string{"SIP/702 is a trunk: FROM_DID"}},
			guessed("SIP/703", Inside),
			{What: Endpoints, Notes: []Note{{With: map[string]string{"Endpoint": "SIP/703"}}}},
		}},
	})
	if diff := cmp.Diff([]Guess{
		{PBX: "main", Endpoint: "SIP/701", Why: "no evidence", Calls: 2},
		{PBX: "main", Endpoint: "SIP/205", Inside: true, Why: "no evidence", Calls: 1},
		{PBX: "branch", Endpoint: "SIP/701", Inside: true, Why: "no evidence", Calls: 1},
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
