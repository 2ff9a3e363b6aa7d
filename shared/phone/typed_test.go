package phone_test

import (
	"testing"

	"traybell/shared/phone"
)

func TestTypedNumbersAreNotMendedTwice(t *testing.T) {
	r, err := phone.NewReader("RU", []phone.Rule{
		{Prefix: "77", Min: 12, Strip: 2, Add: "8"},
		{Min: 10, Max: 10, Add: "8"},
		{Prefix: "8", Min: 11, Max: 11, Strip: 4, Add: "8499"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"84951234567":       "+74951234567", // as it stands on a card, though the third rule would make +7499… of it
		"+7 495 123-45-67":  "+74951234567",
		"4951234567":        "+74951234567",
		"774951234567":      "+74951234567", // as the PBX presents it: by itself no number, by the first rule 8495…
		"101":               "101",
		"sip:sales@example": "sales",
		"anonymous":         "",
	} {
		if got := r.Typed(text).Key(); got != want && (want != "" || r.Typed(text).Kind != phone.Withheld) {
			t.Errorf("%s is read as %q, want %q", text, got, want)
		}
	}
}
