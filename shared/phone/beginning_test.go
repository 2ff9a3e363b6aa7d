package phone

import (
	"slices"
	"testing"
)

func TestBeginnings(t *testing.T) {
	for _, c := range []struct {
		region, typed string
		want          []string
	}{
		{"RU", "8495", []string{"7495", "78495", "8495"}},
		{"RU", "+7 (495) 1", []string{"74951"}},
		{"RU", "495", []string{"7495", "495"}},
		{"DE", "0171", []string{"49171", "490171", "0171"}},
		{"DE", "0049 171", []string{"49171"}},
		{"IT", "06", []string{"3906", "06"}},
		{"RU", "+", nil},
		{"RU", "Anna", nil},
	} {
		r, err := NewReader(c.region, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Beginnings(c.typed); !slices.Equal(got, c.want) {
			t.Errorf("%s in %s: %q, want %q", c.typed, c.region, got, c.want)
		}
	}
}
