package personal

import (
	"context"
	"errors"
	"slices"
	"testing"

	"traybell/hub/fail"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// full is the store of an agent with the most numbers; broken: one that fails.
type full struct{ broken error }

func (f full) PersonalNumbers(context.Context, string) ([]protocol.PersonalNumber, error) {
	return []protocol.PersonalNumber{
		{Number: "2", Name: "bob"}, {Number: "3", Name: "Anna"}, {Number: "1", Name: "Bob"},
	}, f.broken
}

func (f full) SavePersonalNumber(context.Context, string, protocol.PersonalNumber, int) (bool, error) {
	return false, f.broken
}

func (f full) RemovePersonalNumber(context.Context, string, string) error { return f.broken }

type visible struct{}

func (visible) Number(string) bool { return false }

// What the store refuses is said in a sentence.
func TestProblems(t *testing.T) {
	reader, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	n := &Numbers{Store: full{}, Reader: func() *phone.Reader { return reader }, Hidden: visible{}}
	want := func(err error, problem protocol.Problem, about string) {
		t.Helper()
		if f := new(fail.Error); !errors.As(err, &f) || f.Problem != problem || f.About != about {
			t.Errorf("%v, want %s about %q", err, problem, about)
		}
	}
	in := protocol.PersonalNumber{Number: "102", Name: "x"}
	want(n.Save(t.Context(), "anna", in), protocol.NumberMany, "500")
	list, err := n.List(t.Context(), "anna")
	if err != nil || !slices.Equal(list, []protocol.PersonalNumber{
		{Number: "3", Name: "Anna"}, {Number: "1", Name: "Bob"}, {Number: "2", Name: "bob"},
	}) {
		t.Errorf("%+v, %v", list, err)
	}
	n.Store = full{errors.New("the disk is full")}
	want(n.Save(t.Context(), "anna", in), protocol.NumberUnsaved, "")
	want(n.Remove(t.Context(), "anna", "102"), protocol.NumberUnsaved, "")
	_, err = n.List(t.Context(), "anna")
	want(err, protocol.NumberUnread, "")
}
