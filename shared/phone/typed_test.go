package phone_test

import (
	"testing"

	"traybell/shared/phone"
)

func TestTypedDoesNotApplyRulesTwice(t *testing.T) {
	r, err := phone.NewReader("RU", []phone.Rule{
		{Prefix: "77", Min: 12, Strip: 2, Add: "8"},
		{Min: 10, Max: 10, Add: "8"},
		{Prefix: "8", Min: 11, Max: 11, Strip: 4, Add: "8499"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"84951234567":       "+74951234567", // as shown on a card, although the third rule would change it to +7499…
		"+7 495 123-45-67":  "+74951234567",
		"4951234567":        "+74951234567",
		"774951234567":      "+74951234567", // as sent by the PBX: invalid by itself, 8495… by the first rule
		"101":               "101",
		"sip:sales@example": "sales",
		"anonymous":         "",
	} {
		if got := r.Typed(text).Key(); got != want && (want != "" || r.Typed(text).Kind != phone.Withheld) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
