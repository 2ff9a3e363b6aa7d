package platform

import (
	"errors"
	"io"
	"strings"
	"testing"
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

func TestInvalidRequest(t *testing.T) {
	for _, text := range []string{"", "x\n", "{", `{"url":"` + strings.Repeat("9", maxRequestSize) + "\"}\n", "[]\n"} {
		if got := readRequest(io.NopCloser(strings.NewReader(text))); got != (Request{}) {
			t.Errorf("%.20q is read as %+v", text, got)
		}
	}
}
