package phone_test

import (
	"testing"

	"traybell/shared/phone"
)

func TestDialable(t *testing.T) {
	for field, want := range map[string]bool{
		"": true, "-": true, "unknown": true, "8 (495) 123-45-67": true, "101": true, "*72": true,
		"моб. 8 916 765-43-21": true, "+7 495 123-45-67 доб. 12": true,
		"030/1234567, 0171 2345678": true, "sip:sales@example.com": true, "８４９５１２３４５６７": true, "alice101": true,
		"n/a": true, "abc": false, "ask Olga": false, "abc, def": false, "84951234abc": false, "8495123456O": false,
	} {
		if got := phone.Dialable(field); got != want {
			t.Errorf("%q: %v, want %v", field, got, want)
		}
	}
}
