package storetest

import (
	"context"
	"testing"
	"time"

	"traybell/hub/blocking"
	"traybell/shared/protocol"
)

// BlockStore is blocking.Store with the history of a number.
type BlockStore interface {
	blocking.Store
	Blocks(ctx context.Context, number string) ([]blocking.Block, error)
	Categories(ctx context.Context, number string) ([]protocol.Category, error)
}

func blockOf(number string, blocked bool) blocking.Block {
	return blocking.Block{
		Number: number, Blocked: blocked, Reason: "Продаёт ковры; '\" <b>", Agent: "anna", Name: "Anna Petrova",
		At: at, State: blocking.Pending, Entries: []blocking.Entry{
			{PBX: "branch", Form: number}, {PBX: "main", Form: number}, {PBX: "main", Form: number[1:]},
		},
	}
}

func beginBlock(t *testing.T, s Store, b blocking.Block) blocking.Block {
	t.Helper()
	id, err := s.BeginBlock(t.Context(), b)
	must(t, err)
	b.ID = id
	return b
}

func blockFields(t *testing.T, s Store, reopen func() Store) {
	if _, ok, err := s.LastBlock(t.Context(), "+74951234567"); ok || err != nil {
		t.Fatalf("a number without a block: %v, %v", ok, err)
	}
	want := beginBlock(t, s, blockOf("+74951234567", true))
	beginBlock(t, s, blockOf("+74951234568", true))
	got, ok, err := reopen().LastBlock(t.Context(), want.Number)
	must(t, err)
	if !ok {
		t.Fatal("the pending block is missing")
	}
	equal(t, got, want)

	want.State, want.Entries[0].Error = blocking.Pending, "the PBX branch is not connected"
	want.Entries[1].Done, want.Entries[2].Done = true, true
	must(t, s.EndBlock(t.Context(), want))
	got, _, err = reopen().LastBlock(t.Context(), want.Number)
	must(t, err)
	equal(t, got, want)

	if _, err := s.BeginBlock(t.Context(), blocking.Block{Agent: "anna"}); err == nil {
		t.Error("a block without a number was kept")
	}
	if err := s.EndBlock(t.Context(), blocking.Block{ID: 999, State: blocking.Done}); err == nil {
		t.Error("a block that was never begun has ended")
	}
}

func blockHistory(t *testing.T, s Store, reopen func() Store) {
	first := beginBlock(t, s, blockOf("+74951234567", true))
	first.State = blocking.Done
	must(t, s.EndBlock(t.Context(), first))
	second := blockOf("+74951234567", false)
	second.Agent, second.At, second.Reason = "boris", at.Add(time.Hour), ""
	second = beginBlock(t, s, second)
	second.State = blocking.Failed
	must(t, s.EndBlock(t.Context(), second))
	s = reopen()
	last, _, err := s.LastBlock(t.Context(), "+74951234567")
	must(t, err)
	equal(t, last, first) // the failed action changed nothing
	all, err := s.Blocks(t.Context(), "+74951234567")
	must(t, err)
	equal(t, all, []blocking.Block{second, first})
}

func blockPending(t *testing.T, s Store, reopen func() Store) {
	pending := func(pbx string) (numbers []string) {
		list, err := reopen().ClaimBlocks(t.Context(), pbx, claimOf("hub-1", time.Minute))
		must(t, err)
		for _, b := range list {
			numbers = append(numbers, b.Number)
		}
		return numbers
	}
	half := beginBlock(t, s, blockOf("+74951234561", true))
	half.Entries[1].Done, half.Entries[2].Done = true, true
	must(t, s.EndBlock(t.Context(), half))
	done := beginBlock(t, s, blockOf("+74951234562", true))
	done.State = blocking.Done
	must(t, s.EndBlock(t.Context(), done))
	failed := beginBlock(t, s, blockOf("+74951234563", true))
	failed.State = blocking.Failed
	must(t, s.EndBlock(t.Context(), failed))
	beginBlock(t, s, blockOf("+74951234564", false)) // the hub was stopped before it could do anything
	equal(t, pending("branch"), []string{"+74951234561", "+74951234564"})
	equal(t, pending("main"), []string{"+74951234564"})
	equal(t, pending("none"), []string(nil))

	undone := beginBlock(t, s, blockOf("+74951234561", false)) // the later action wins
	undone.State = blocking.Done
	must(t, s.EndBlock(t.Context(), undone))
	equal(t, pending("branch"), []string{"+74951234564"})
}

func categoryHistory(t *testing.T, s Store, reopen func() Store) {
	red := protocol.Category{
		Number: "+74951234567", Color: protocol.Red, Comment: "shouts", Author: "anna", Changed: at,
	}
	green := protocol.Category{
		Number: "+74951234567", Color: protocol.Green, Author: "boris", Changed: at.Add(time.Hour),
	}
	for _, c := range []protocol.Category{red, green, {Number: "101", Color: protocol.Yellow, Changed: at}} {
		must(t, s.SetCategory(t.Context(), c))
	}
	got, err := reopen().Categories(t.Context(), "+74951234567")
	must(t, err)
	equal(t, got, []protocol.Category{green, red})
}
