package system

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestSecondStartIsPassedOn(t *testing.T) {
	isolate(t)
	folder, asked := "test-settings", make(chan Request, 1) // a name only: nothing is read or written there
	first, err := Acquire(t.Context(), folder, Request{}, func(r Request) { asked <- r })
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Request{{}, {Open: "calls"}, {URL: "tel:+7495%20\"<ü>\n"}} {
		if _, err := Acquire(t.Context(), folder, want, nil); !errors.Is(err, ErrRunning) {
			t.Fatalf("second start: %v, want ErrRunning", err)
		}
		if got := <-asked; got != want {
			t.Errorf("the first got %+v, want %+v", got, want)
		}
	}
	if _, err := Acquire(t.Context(), folder, Request{URL: "tel:" +
		strings.Repeat("\x01", 10<<20)}, nil); !errors.Is(err,
		ErrRunning) {
		t.Fatalf("with an oversized URL: %v", err)
	}
	if got := <-asked; len(got.URL) != maxURL {
		t.Errorf("got %d bytes of an oversized URL", len(got.URL))
	}
	other, err := Acquire(t.Context(), folder+"-2", Request{}, func(Request) {})
	if err != nil {
		t.Fatalf("with other settings: %v", err)
	}
	if err := errors.Join(first.Close(), other.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := Acquire(t.Context(), folder, Request{}, func(Request) {})
	if err != nil {
		t.Fatalf("after the first was closed: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestQuitEndsTheRunningInstance(t *testing.T) {
	isolate(t)
	if err := Quit(t.Context(), "test-settings"); err != nil {
		t.Fatalf("none runs: %v", err)
	}
	quit := make(chan struct{}, 100)
	running, err := Acquire(t.Context(), "test-settings", Request{}, func(r Request) {
		if r.Quit {
			quit <- struct{}{}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-quit
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := Quit(t.Context(), "test-settings"); err != nil {
		t.Fatal(err)
	}
	stubborn, err := Acquire(t.Context(), "test-settings", Request{}, func(Request) {})
	if err != nil {
		t.Fatal(err)
	}
	defer stubborn.Close() //nolint:errcheck // the end of the test
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := Quit(ctx, "test-settings"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one that does not end: %v", err)
	}
}

func TestInvalidRequest(t *testing.T) {
	for _, text := range []string{"", "x\n", "{", `{"url":"` + strings.Repeat("9", maxRequestSize) + "\"}\n", "[]\n"} {
		if got := readRequest(io.NopCloser(strings.NewReader(text))); got != (Request{}) {
			t.Errorf("%.20q is read as %+v", text, got)
		}
	}
}
