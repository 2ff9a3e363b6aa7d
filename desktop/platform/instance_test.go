package platform

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestASecondStartIsForTheFirst(t *testing.T) {
	apart(t)
	folder, asked := "test-settings", make(chan Request, 1) // nothing is read or written there
	first, err := BeTheOne(t.Context(), folder, Request{}, func(r Request) { asked <- r })
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Request{{}, {Open: "calls"}, {URL: "tel:+7495%20\"<ü>\n"}} {
		if _, err := BeTheOne(t.Context(), folder, want, nil); !errors.Is(err, ErrRunning) {
			t.Fatalf("the second start: %v, want ErrRunning", err)
		}
		if got := <-asked; got != want {
			t.Errorf("the first is asked for %+v, want %+v", got, want)
		}
	}
	if _, err := BeTheOne(t.Context(), folder, Request{URL: "tel:" +
		strings.Repeat("\x01", 10<<20)}, nil); !errors.Is(err,
		ErrRunning) {
		t.Fatalf("with an endless address: %v", err)
	}
	if got := <-asked; len(got.URL) != longestURL {
		t.Errorf("of an endless address %d bytes came", len(got.URL))
	}
	other, err := BeTheOne(t.Context(), folder+"-2", Request{}, func(Request) {})
	if err != nil {
		t.Fatalf("with other settings: %v", err)
	}
	if err := errors.Join(first.Close(), other.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := BeTheOne(t.Context(), folder, Request{}, func(Request) {})
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestARequestThatNobodyUnderstands(t *testing.T) {
	for _, text := range []string{"", "x\n", "{", `{"url":"` + strings.Repeat("9", longestRequest) + "\"}\n", "[]\n"} {
		if got := readRequest(io.NopCloser(strings.NewReader(text))); got != (Request{}) {
			t.Errorf("%.20q is taken for %+v", text, got)
		}
	}
}
