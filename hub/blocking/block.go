package blocking

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// Switchboard keeps the blacklists of the PBXs that are enabled. Its errors are *SwitchboardError;
// all methods may be called at once from several goroutines.
type Switchboard interface {
	PBXs() []string // the ids
	// Block puts a number on a PBX's blacklist, character by character as the PBX presents it, and
	// reads it back. One that stands there already stays as it is.
	Block(ctx context.Context, pbx, form, description string) error
	// Unblock takes it off and reads that it is gone; was tells whether it stood there.
	Unblock(ctx context.Context, pbx, form string) (was bool, err error)
}

// SwitchboardError says why a PBX did not do what it was asked.
type Error struct {
	Reason    string // for the agent, the part of a sentence that follows a colon
	Uncertain bool   // it may have been done all the same
	Err       error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return strings.TrimSuffix(e.Reason, ".") + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *Error) Unwrap() error { return e.Err }

// BlockStore keeps who blocked and unblocked which number, when, why and where. The last act on a
// number that did not fail is its state.
type Store interface {
	// BeginBlock keeps an act before the PBXs are asked, as pending, and returns its id.
	BeginBlock(ctx context.Context, b Block) (id int64, err error)
	// EndBlock notes what came of it: State and Entries of the act with that ID.
	EndBlock(ctx context.Context, b Block) error
	// LastBlock returns the state of a number; ok is false where nobody ever blocked it.
	LastBlock(ctx context.Context, number string) (b Block, ok bool, err error)
	// PendingBlocks returns the states in which something is left to do on that PBX, oldest first.
	PendingBlocks(ctx context.Context, pbx string) ([]Block, error)
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
	Entries []Entry // by PBX, then by form
}

// BlockState is where an act stands.
type State string

// The states.
const (
	Pending State = "pending" // something is left to do: a PBX was away, or the hub stopped meanwhile
	Done    State = "done"
	Failed  State = "failed" // nothing was changed on any PBX, and nothing will be
)

// BlockEntry is one form of the number on one PBX.
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
