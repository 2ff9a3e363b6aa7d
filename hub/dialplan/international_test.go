package dialplan

import (
	"testing"

	"traybell/shared/phone"
)

func TestInternational(t *testing.T) {
	for _, c := range []struct{ region, pattern, want string }{
		{"RU", "_7XXXXXXXXXX", "_+7XXXXXXXXXX"},
		{"RU", "_8XXXXXXXXXX", "_+7XXXXXXXXXX"},
		{"RU", "_8495XXXXXXX", "_+7495XXXXXXX"},
		{"RU", "_8[49]XXXXXXXXX", "_+7[49]XXXXXXXXX"},
		{"RU", "_8.", "_+7."},
		{"RU", "89161234567", "+79161234567"},
		{"RU", "79161234567", "+79161234567"},
		{"RU", "_9XXXXXXXXX", "_+79XXXXXXXXX"},
		{"DE", "_0171XXXXXXX", "_+49171XXXXXXX"},
		{"RU", "_+7XXXXXXXXXX", ""},
		{"RU", "+79161234567", ""},
		{"RU", "*", ""},
		{"RU", "_1XX", ""},
		{"RU", "_XXXXXXX", ""},
		{"RU", "112", ""},
	} {
		read, err := phone.NewReader(c.region, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := International(read, c.pattern); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.pattern, c.region, got, c.want)
		}
	}
}
