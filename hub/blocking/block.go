// Package blocking is which callers are blocked, by whom and why. An act of an agent is kept in the
// store, written to the blacklists of all PBXs, and completed later on those that were not
// connected. It owns no live call and no connection: see Calls and Switchboard.
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

// Switchboard keeps the blacklists of the PBXs that are enabled. Its errors are *Error; all methods
// may be called from several goroutines.
type Switchboard interface {
	PBXs() []string // the ids
	// Block puts a number on a PBX's blacklist, character by character as the PBX presents it, and
	// reads it back. One that is there already stays as it is.
	Block(ctx context.Context, pbx, form, description string) error
	// Unblock removes it and reads that it is absent; was reports whether it was there.
	Unblock(ctx context.Context, pbx, form string) (was bool, err error)
}

// Error says why a PBX did not do what it was asked.
type Error struct {
	Reason    string // for the agent, the part of a sentence that follows a colon
	Uncertain bool   // it may have been done
	Err       error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return strings.TrimSuffix(e.Reason, ".") + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *Error) Unwrap() error { return e.Err }

// Store keeps who blocked and unblocked which number, when, why and where. The last act on a number
// that did not fail is its state.
type Store interface {
	// BeginBlock keeps an act and its claim before the PBXs are asked, as pending, and returns its
	// id.
	BeginBlock(ctx context.Context, b Block) (id int64, err error)
	// EndBlock stores State and Entries of the act with that ID, and releases its claim. It returns
	// jobs.ErrTaken where another owner has claimed the act.
	EndBlock(ctx context.Context, b Block) error
	// LastBlock returns the state of a number; ok is false where it was never blocked.
	LastBlock(ctx context.Context, number string) (b Block, ok bool, err error)
	// ClaimBlocks claims the states in which something is left to do on that PBX and which are free
	// for the claim's owner, and returns them, oldest first.
	ClaimBlocks(ctx context.Context, pbx string, claim jobs.Claim) ([]Block, error)
	// RenewBlock renews the claim of an act. It returns jobs.ErrTaken where another owner has it.
	RenewBlock(ctx context.Context, id int64, claim jobs.Claim) error
}

// Block is one act: an agent blocked a number, or unblocked it.
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
	Claim   jobs.Claim // who does what is left to do
}

// State is where an act stands.
type State string

// The states.
const (
	Pending State = "pending" // something is left to do: a PBX was not connected, or the hub stopped
	Done    State = "done"
	Failed  State = "failed" // nothing was changed on any PBX, and nothing will be
)

// Entry is one form of the number on one PBX.
type Entry struct {
	PBX   string
	Form  string
	Done  bool
	Error string // why it is not done
}

// Description is what an administrator reads on the PBX.
func (b Block) Description() string {
	text := fmt.Sprintf("%s, %s", b.Name, b.At.Format("2006-01-02 15:04 MST"))
	if b.Reason != "" {
		text = b.Reason + " (" + text + ")"
	}
	return text
}

// Seen is a block as agents see it; nil where the number was unblocked.
func (b Block) Seen() *protocol.Block {
	if !b.Blocked {
		return nil
	}
	return &protocol.Block{By: b.Name, At: b.At, Reason: b.Reason, Failed: b.undone()}
}

// Told is a block as agents are notified of it.
func (b Block) Told() protocol.BlockedCaller {
	told := protocol.BlockedCaller{Number: b.Number, Blocked: b.Blocked, Reason: b.Reason, By: b.Name, At: b.At}
	if b.State == Pending {
		told.Failed = b.undone()
	}
	return told
}

// undone are the PBXs on which something is left to do.
func (b Block) undone() (pbxs []string) {
	for _, e := range b.Entries {
		if !e.Done && !slices.Contains(pbxs, e.PBX) {
			pbxs = append(pbxs, e.PBX)
		}
	}
	slices.Sort(pbxs)
	return pbxs
}
