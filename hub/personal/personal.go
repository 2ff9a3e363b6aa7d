// Package personal has the numbers that agents save for themselves, to find them in the window to
// dial on each of their devices. It owns no state; any goroutine may use Numbers.
package personal

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/dialplan"
	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Store keeps the numbers.
type Store interface {
	// PersonalNumbers returns the numbers of an agent, in no order.
	PersonalNumbers(ctx context.Context, login string) ([]protocol.PersonalNumber, error)
	// SavePersonalNumber saves or renames a number; false: the agent has the most numbers already.
	SavePersonalNumber(ctx context.Context, login string, n protocol.PersonalNumber, most int) (saved bool, err error)
	// RemovePersonalNumber does nothing for a number that the agent does not have.
	RemovePersonalNumber(ctx context.Context, login, number string) error
}

const (
	// Most limits the numbers of an agent.
	Most        = 500
	longestName = 100 // characters
)

// Numbers are the numbers of all agents. All fields are needed.
type Numbers struct {
	Store  Store
	Reader func() *phone.Reader
	// Hidden knows the numbers that agents do not see.
	Hidden interface{ Number(text string) bool }
}

// List returns the numbers of an agent, by name. Errors are *fail.Error, here and below.
func (n *Numbers) List(ctx context.Context, login string) ([]protocol.PersonalNumber, error) {
	list, err := n.Store.PersonalNumbers(ctx, login)
	if err != nil {
		return nil, fail.New(protocol.NumberUnread, "").Because(err)
	}
	slices.SortFunc(list, func(a, b protocol.PersonalNumber) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Number, b.Number))
	})
	return list, nil
}

// Save saves a number or renames it. An alias of a hidden number is resolved already, and refused:
// the agent would have the number when it is hidden no more.
func (n *Numbers) Save(ctx context.Context, login string, in protocol.PersonalNumber) error {
	name, err := freetext.Clean("name", strings.Join(strings.Fields(in.Name), " "), longestName)
	if err != nil {
		return err
	}
	if name == "" {
		return fail.New(protocol.NumberUnnamed, "")
	}
	number, err := n.read(in.Number)
	if err != nil {
		return err
	}
	if n.Hidden.Number(number) {
		return fail.New(protocol.NumberHidden, "")
	}
	saved, err := n.Store.SavePersonalNumber(ctx, login, protocol.PersonalNumber{Number: number, Name: name}, Most)
	switch {
	case err != nil:
		return fail.New(protocol.NumberUnsaved, "").Because(err)
	case !saved:
		return fail.New(protocol.NumberMany, strconv.Itoa(Most))
	}
	return nil
}

// Remove removes a number.
func (n *Numbers) Remove(ctx context.Context, login, number string) error {
	number, err := n.read(number)
	if err != nil {
		return err
	}
	if err := n.Store.RemovePersonalNumber(ctx, login, number); err != nil {
		return fail.New(protocol.NumberUnsaved, "").Because(err)
	}
	return nil
}

// read returns a number as it is kept: in E.164 if it is a public one, else as it is dialled.
func (n *Numbers) read(text string) (string, error) {
	number, plain, err := dialplan.Number(n.Reader(), text)
	return cmp.Or(number.E164, plain), err
}
