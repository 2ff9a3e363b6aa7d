package platform

import (
	"errors"
	"testing"
)

func TestASecondStartShowsTheFirst(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	folder, shown := t.TempDir(), make(chan struct{}, 1)
	first, err := BeTheOne(t.Context(), folder, func() { shown <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := BeTheOne(t.Context(), folder, func() {}); !errors.Is(err, ErrRunning) {
		t.Fatalf("the second start: %v, want ErrRunning", err)
	}
	<-shown
	other, err := BeTheOne(t.Context(), t.TempDir(), func() {})
	if err != nil {
		t.Fatalf("with other settings: %v", err)
	}
	if err := errors.Join(first.Close(), other.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := BeTheOne(t.Context(), folder, func() {})
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
