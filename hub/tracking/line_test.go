package tracking

import (
	"testing"

	"traybell/shared/phone"
)

func TestLineOfAnyReading(t *testing.T) {
	numbers, err := phone.NewReader("DE", nil)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := New([]Line{{Number: "0491 716783154"}, {Number: "+49 171 6783155"}}, numbers)
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]bool{
		"491716783154":  true, // unlikely, but the only line
		"491716783155":  true,
		"01716783155":   true,
		"+491716783154": false,
		"491716783156":  false,
	} {
		if got := lines.Has(number); got != want {
			t.Errorf("%s: %t, want %t", number, got, want)
		}
	}
}
