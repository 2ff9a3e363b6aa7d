package history

import (
	"log/slog"
	"testing"
	"time"

	"traybell/assets/translations"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// desk is a hub that answers when the test says so.
type desk struct {
	actions []string
	data    []any
	done    []func(protocol.Message, string)
}

func (d *desk) Request(action string, data any, done func(protocol.Message, string)) {
	d.actions, d.data, d.done = append(d.actions, action), append(d.data, data), append(d.done, done)
}

var noon = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func missedCall(id, number string, after time.Duration, state protocol.FollowUpState) protocol.Call {
	c := protocol.Call{ID: id, E164: number, Number: "8" + number[2:], Missed: true, Started: noon.Add(after)}
	if state != "" {
		c.FollowUp = &protocol.FollowUp{State: state}
	}
	return c
}

func followed(t *testing.T) (*Earlier, *desk) {
	t.Helper()
	d := &desk{}
	return &Earlier{
		Hub: d, Texts: new(translations.Texts), Log: slog.New(slog.DiscardHandler), Changed: func() {},
		calls: []protocol.Call{
			missedCall("4", "+74951234567", 3*time.Minute, protocol.FollowUpOpen),
			missedCall("3", "+74957654321", 2*time.Minute, protocol.FollowUpOpen),
			missedCall("2", "+74951234567", time.Minute, protocol.FollowUpOpen),
			missedCall("1", "+74951234567", 0, protocol.FollowUpDone),
			missedCall("0", "+74951234567", -time.Minute, ""),
		},
	}, d
}

func states(e *Earlier) (all []string) {
	for _, c := range e.calls {
		state := c.ID
		if c.FollowUp != nil {
			state += " " + string(c.FollowUp.State) + c.FollowUp.By
		}
		all = append(all, state)
	}
	return all
}

func TestActionsNameTheNumber(t *testing.T) {
	e, d := followed(t)
	e.Follow(protocol.MissedClaim, "2")
	e.Follow(protocol.MissedDone, "2")
	e.Follow(protocol.MissedClaim, "0")        // needs no call back
	e.Follow(protocol.MissedClaim, "stranger") // not in the list
	want := []any{
		protocol.FollowMissed{Number: "+74951234567"},
		protocol.FollowMissed{Number: "+74951234567", Until: noon.Add(3 * time.Minute)}, // what the window shows
	}
	if diff := cmp.Diff(want, d.data); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{protocol.MissedClaim, protocol.MissedDone}, d.actions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOtherAgentWasFaster(t *testing.T) {
	e, d := followed(t)
	e.Follow(protocol.MissedClaim, "2")
	d.done[0](protocol.Message{}, "Boris is already calling back.")
	if got := e.Refused("2"); got != "Boris is already calling back." || e.Refused("4") != "" {
		t.Errorf("refused: %q, %q", got, e.Refused("4"))
	}
	if len(d.actions) != 2 || d.actions[1] != protocol.HistoryList {
		t.Errorf("the list is not reloaded: %q", d.actions)
	}
	e.Follow(protocol.MissedClaim, "3")
	if got := e.Refused("2"); got != "" {
		t.Errorf("after another action: %q", got)
	}
}

func TestChangesApplyToTheCallsThatTheyAreAbout(t *testing.T) {
	for _, test := range []struct {
		until  time.Duration
		follow protocol.FollowUp
		want   []string
	}{
		{
			3 * time.Minute,
			protocol.FollowUp{State: protocol.FollowUpClaimed, By: " Anna"},
			[]string{"4 claimed Anna", "3 open", "2 claimed Anna", "1 done", "0"},
		},
		{
			2 * time.Minute,
			protocol.FollowUp{State: protocol.FollowUpDone, By: " Anna"},
			[]string{"4 open", "3 open", "2 done Anna", "1 done", "0"},
		},
	} {
		e, _ := followed(t)
		e.Followed(protocol.MissedEvent{Number: "+74951234567", Until: noon.Add(test.until), FollowUp: test.follow})
		if diff := cmp.Diff(test.want, states(e)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
