package storetest

import (
	"bytes"
	"testing"
)

func tokenKey(t *testing.T, s Store, reopen func() Store) {
	first, err := s.TokenKey(t.Context())
	if err != nil || len(first) != 32 || bytes.Equal(first, make([]byte, 32)) {
		t.Fatalf("a key of %d bytes: %v", len(first), err)
	}
	for name, s := range map[string]Store{"at once": s, "after a restart": reopen()} {
		if key, err := s.TokenKey(t.Context()); err != nil || !bytes.Equal(key, first) {
			t.Errorf("%s another one: %v", name, err)
		}
	}
}
