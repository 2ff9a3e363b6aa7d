// Package blocking blocks and unblocks callers. An action of an agent is stored, written to the
// blacklists of all PBXs, and completed later on those that were not connected. It owns no live
// calls and no connections: see Calls and Switchboard.
package blocking

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/jobs"
	"traybell/shared/protocol"
)

// Switchboard is the blacklists of the enabled PBXs. Its errors are *Error. It is safe for
// concurrent use.
type Switchboard interface {
	PBXs() []string // the ids
	// Block adds a number to a PBX's blacklist, exactly as the PBX presents it, and reads it back.
	// An existing entry keeps its description.
	Block(ctx context.Context, pbx, form, description string) error
	// Unblock removes the entry and checks that it is absent; was reports whether it existed.
	Unblock(ctx context.Context, pbx, form string) (was bool, err error)
}

// Error is why a PBX failed to block or unblock.
type Error struct {
	Reason    string // for the agent; follows a colon
	Uncertain bool   // it may have succeeded
	Err       error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return strings.TrimSuffix(e.Reason, ".") + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *Error) Unwrap() error { return e.Err }

// Store stores who blocked and unblocked which number, when, why and where. The last action on a
// number that did not fail is the state of the number.
type Store interface {
	// BeginBlock stores an action as pending, with its claim, before the PBXs are called. It
	// returns its id.
	BeginBlock(ctx context.Context, b Block) (id int64, err error)
	// EndBlock stores State and Entries of the action with that ID, and releases its claim. It
	// returns jobs.ErrTaken if another owner has claimed the action.
	EndBlock(ctx context.Context, b Block) error
	// LastBlock returns the state of a number; ok is false if it was never blocked.
	LastBlock(ctx context.Context, number string) (b Block, ok bool, err error)
	// ClaimBlocks claims the states that are incomplete on that PBX and free for the claim's owner,
	// and returns them, oldest first.
	ClaimBlocks(ctx context.Context, pbx string, claim jobs.Claim) ([]Block, error)
	// RenewBlock renews the claim of an action. It returns jobs.ErrTaken if another owner has
	// claimed it.
	RenewBlock(ctx context.Context, id int64, claim jobs.Claim) error
}

// Block is one action: an agent blocked or unblocked a number.
type Block struct {
	ID      int64
	Number  string // phone.Number.Key
	Blocked bool   // false: unblocked
	Reason  string
	Agent   string // login
	Name    string // the agent's name
	At      time.Time
	State   State
	Entries []Entry    // by PBX, then by form
	Claim   jobs.Claim // of the hub that completes it
}

// State is the progress of an action.
type State string

// States of an action.
const (
	Pending State = "pending" // incomplete: a PBX was not connected, or the hub stopped
	Done    State = "done"
	Failed  State = "failed" // no PBX was changed, and none will be
)

// Entry is one form of the number on one PBX.
type Entry struct {
	PBX   string
	Form  string
	Done  bool
	Error string // why it failed
}

// Description is the text that an administrator reads on the PBX.
func (b Block) Description() string {
	text := fmt.Sprintf("%s, %s", b.Name, b.At.Format("2006-01-02 15:04 MST"))
	if b.Reason != "" {
		text = b.Reason + " (" + text + ")"
	}
	return text
}

// Seen is the block as agents see it; nil if the number is unblocked.
func (b Block) Seen() *protocol.Block {
	if !b.Blocked {
		return nil
	}
	return &protocol.Block{By: b.Name, At: b.At, Reason: b.Reason, Failed: b.undone()}
}

// Told is the block in notifications to agents.
func (b Block) Told() protocol.BlockedCaller {
	told := protocol.BlockedCaller{Number: b.Number, Blocked: b.Blocked, Reason: b.Reason, By: b.Name, At: b.At}
	if b.State == Pending {
		told.Failed = b.undone()
	}
	return told
}

// undone returns the PBXs where the action is incomplete.
func (b Block) undone() (pbxs []string) {
	for _, e := range b.Entries {
		if !e.Done && !slices.Contains(pbxs, e.PBX) {
			pbxs = append(pbxs, e.PBX)
		}
	}
	slices.Sort(pbxs)
	return pbxs
}
